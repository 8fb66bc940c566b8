//! The command line.

use std::path::PathBuf;

use fixline::settings::Profile;

pub(crate) const USAGE: &str = "\
acceptance_server --config FILE.cfg [--port P] [--control C] [--profile quickfix|standard] [--state DIR]

Serves every acceptor session of a settings file, and gives orders back.

  --config FILE   the sessions
  --port P        listen on 127.0.0.1:P for all sessions, instead of what the file says
  --control C     listen on 127.0.0.1:C for lines such as
                  SET_SESSION FIX.4.4:ISLD->TW NEXTSENDERSEQNUM=2000
  --profile NAME  what the file means where it says nothing: quickfix (the default) or standard
  --state DIR     keep the sessions in files there; without it they live as long as the process";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) config: PathBuf,
    pub(crate) port: Option<u16>,
    pub(crate) control: Option<u16>,
    pub(crate) profile: Profile,
    pub(crate) state: Option<PathBuf>,
}

impl Options {
    /// The error is empty when help was asked for.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut config, mut port, mut control, mut state) = (None, None, None, None);
        let mut profile = Profile::QuickFix;
        while let Some(name) = words.next() {
            if name == "--help" || name == "-h" {
                return Err(String::new());
            }
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            let as_port = || value.parse().map_err(|_| format!("{name} {value}: not a port"));
            match name.as_str() {
                "--config" => config = Some(PathBuf::from(value)),
                "--state" => state = Some(PathBuf::from(value)),
                "--port" => port = Some(as_port()?),
                "--control" => control = Some(as_port()?),
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
        Ok(Self { config, port, control, profile, state })
    }
}
