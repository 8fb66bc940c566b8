//! The words of the command line.

use fixline::session::Version;

pub(crate) const USAGE: &str = "\
usage: trading_day [--messages N] [--seed S] [--version V] [--adapter std|tokio] [--spawned]
                   [--reset] [--quiet]

  --messages N   orders that each side sends (default 20)
  --seed S       where and how often the line is cut (default 1)
  --version V    FIX.4.0 FIX.4.1 FIX.4.2 FIX.4.3 FIX.4.4 FIX.5.0 FIX.5.0SP1 FIX.5.0SP2
                 (default FIX.4.4)
  --adapter A    std or tokio (default std)
  --spawned      tasks or threads drive the sessions, beside the desks; otherwise each desk
                 drives its own
  --reset        both sides reset the sequence numbers in session, several times and at any
                 moment; FIX.4.0 has no ResetSeqNumFlag(141) and refuses
  --quiet        print the summary only";

/// What the user asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) messages: usize,
    pub(crate) seed: u64,
    pub(crate) version: Version,
    pub(crate) adapter: Adapter,
    pub(crate) spawned: bool,
    pub(crate) reset: bool,
    pub(crate) quiet: bool,
}

/// Which adapter both sides use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adapter {
    Std,
    Tokio,
}

impl Options {
    /// Reads the arguments; the error says what is wrong with them.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            messages: 20,
            seed: 1,
            version: Version::Fix44,
            adapter: Adapter::Std,
            spawned: false,
            reset: false,
            quiet: false,
        };
        while let Some(name) = arguments.next() {
            if name == "--quiet" {
                options.quiet = true;
                continue;
            }
            if name == "--reset" {
                options.reset = true;
                continue;
            }
            if name == "--spawned" {
                options.spawned = true;
                continue;
            }
            if name == "--help" || name == "-h" {
                return Err(String::new());
            }
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--messages" => options.messages = number(&name, &value()?)?,
                "--seed" => options.seed = number(&name, &value()?)?,
                "--version" => {
                    let version = value()?;
                    options.version = Version::from_name(&version).ok_or_else(|| {
                        format!("{version} is no version of FIX that is spoken here")
                    })?;
                }
                "--adapter" => {
                    options.adapter = match value()?.as_str() {
                        "std" => Adapter::Std,
                        "tokio" => Adapter::Tokio,
                        other => return Err(format!("{other} is no adapter; take std or tokio")),
                    };
                }
                other => return Err(format!("unknown option {other}")),
            }
        }
        if options.reset && options.version == Version::Fix40 {
            return Err("FIX.4.0 has no ResetSeqNumFlag(141): its numbers can only be reset by \
                        hand on both sides, between connections; take --version FIX.4.1 or later"
                .into());
        }
        Ok(options)
    }
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} needs a number, not {value}"))
}
