//! The words of the command line.

pub(crate) const USAGE: &str = "\
usage: loopback [--adapter std|tokio] [--in-flight N] [--orders N]

  --adapter A     std or tokio (default std)
  --in-flight N   orders that wait for their fill at the same time (default 1)
  --orders N      how many orders (default 20000, or 500000 with a window)

Build with --release. The ratio is to bare TCP that writes as often, in the same run.";

/// What the user asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) adapter: Adapter,
    pub(crate) in_flight: usize,
    pub(crate) orders: usize,
}

/// Which adapter both sides use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adapter {
    Std,
    Tokio,
}

impl Adapter {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::Tokio => "tokio",
        }
    }
}

impl Options {
    /// Reads the arguments; the error says what is wrong with them.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut adapter, mut in_flight, mut orders) = (Adapter::Std, 1, None);
        while let Some(name) = arguments.next() {
            if name == "--help" || name == "-h" {
                return Err(String::new());
            }
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--in-flight" => in_flight = positive(&name, &value()?)?,
                "--orders" => orders = Some(positive(&name, &value()?)?),
                "--adapter" => {
                    adapter = match value()?.as_str() {
                        "std" => Adapter::Std,
                        "tokio" => Adapter::Tokio,
                        other => return Err(format!("{other} is no adapter; take std or tokio")),
                    };
                }
                other => return Err(format!("unknown option {other}")),
            }
        }
        let orders = orders.unwrap_or(if in_flight == 1 { 20_000 } else { 500_000 });
        Ok(Self { adapter, in_flight, orders })
    }
}

fn positive(name: &str, value: &str) -> Result<usize, String> {
    match value.parse() {
        Ok(0) | Err(_) => Err(format!("{name} needs a number above 0, not {value}")),
        Ok(number) => Ok(number),
    }
}
