//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use fixline::settings::Profile;

pub(crate) const USAGE: &str = "\
order_client --config FILE.cfg --orders N [--rate R] [--state DIR] [--profile quickfix|standard] 
             [--patience S] [--skip N]

Opens every initiator session of a settings file, sends N orders over each, and expects each back
once: echoed, or in an ExecutionReport with its ClOrdID. Exits with 1 if one is missing or came twice
without PossDupFlag.

  --config FILE   the sessions
  --orders N      how many orders over each session
  --rate R        at most so many orders a second; as fast as they come back without it
  --state DIR     keep the sessions in files there, and go on where a client that was killed stopped
  --profile NAME  what the file means where it says nothing: quickfix (the default) or standard
  --patience S    give up after so many seconds without an answer; 60 unless given
  --skip N        leave out N outgoing numbers before connecting, so that there is a gap";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) config: PathBuf,
    pub(crate) orders: u64,
    /// The pause between two orders.
    pub(crate) pause: Duration,
    pub(crate) state: Option<PathBuf>,
    pub(crate) profile: Profile,
    pub(crate) patience: Duration,
    pub(crate) skip: u64,
}

impl Options {
    /// The error is empty when help was asked for.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut config, mut orders, mut state) = (None, None, None);
        let (mut pause, mut patience) = (Duration::ZERO, Duration::from_secs(60));
        let (mut profile, mut skip) = (Profile::QuickFix, 0);
        while let Some(name) = words.next() {
            if name == "--help" || name == "-h" {
                return Err(String::new());
            }
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            let as_number = || value.parse().map_err(|_| format!("{name} {value}: not a number"));
            match name.as_str() {
                "--config" => config = Some(PathBuf::from(value)),
                "--state" => state = Some(PathBuf::from(value)),
                "--orders" => orders = Some(as_number()?),
                "--skip" => skip = as_number()?,
                "--patience" => patience = Duration::from_secs(as_number()?),
                "--rate" => {
                    let rate = as_number()?.max(1);
                    pause = Duration::from_nanos(1_000_000_000 / rate);
                }
                "--profile" => {
                    profile = match value.as_str() {
                        "quickfix" => Profile::QuickFix,
                        "standard" => Profile::Standard,
                        _ => return Err(format!("--profile {value}: quickfix or standard")),
                    }
                }
                _ => return Err(format!("{name}: there is no such option")),
            }
        }
        let config = config.ok_or("--config is missing")?;
        let orders = orders.ok_or("--orders is missing")?;
        Ok(Self { config, orders, pause, state, profile, patience, skip })
    }
}
