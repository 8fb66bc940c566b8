//! How much of a dictionary is enforced.

use super::Check;

/// What is done about a broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to do about it")]
pub enum Level {
    /// Nothing; it is not even reported.
    Off,
    /// It is reported, and the message goes on.
    Warn,
    /// The message is refused.
    Reject,
}

/// How strictly messages are held to their dictionary: a [`Level`] for each [`Check`], and what
/// counts as user-defined. Plain data, `Copy`.
///
/// ```
/// use fixline::dictionary::{Check, Level, Policy};
///
/// let policy = Policy::STANDARD.with(Check::TagNotInMessage, Level::Warn);
/// assert_eq!(policy.level(Check::TagNotInMessage), Level::Warn);
/// assert_eq!(policy.level(Check::IncorrectFormat), Level::Reject);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    levels: [Level; Check::ALL.len()],
    user_defined_values: bool,
}

impl Policy {
    /// Everything is enforced, but user-defined tags that the dictionary does not know pass, and
    /// so do [user-defined values](Self::user_defined_values) (S-VAL-34), and values of
    /// [forms that are in use](Check::LooseFormat). The default.
    pub const STANDARD: Self = Self::STRICT
        .with(Check::UserDefinedTag, Level::Off)
        .with(Check::LooseFormat, Level::Off)
        .user_defined_values(true);

    /// Everything is enforced, and what is user-defined must be in the dictionary.
    pub const STRICT: Self =
        Self { levels: [Level::Reject; Check::ALL.len()], user_defined_values: false };

    /// Everything is reported and nothing refused: for trying out a dictionary. What a session
    /// cannot do without is refused all the same: tags that are no numbers, and the four fields of
    /// every header, 34, 49, 52 and 56, out of their place.
    pub const WARN: Self =
        Self { levels: [Level::Warn; Check::ALL.len()], user_defined_values: false };

    /// The same policy but for one check.
    #[must_use]
    pub const fn with(mut self, check: Check, level: Level) -> Self {
        self.levels[check as usize] = level;
        self
    }

    /// Whether numbers from 100 on pass in enumerations of numbers. FIX leaves them to agreements
    /// from FIX 5.0 and FIXT.1.1 on (S-VAL-06): dictionaries whose version is `FIX.4.` and
    /// something refuse them in any case.
    #[must_use]
    pub const fn user_defined_values(mut self, pass: bool) -> Self {
        self.user_defined_values = pass;
        self
    }

    /// What is done about a broken rule.
    #[must_use]
    pub const fn level(self, check: Check) -> Level {
        self.levels[check as usize]
    }

    /// The same policy, but that everything else which it rejects is only reported.
    pub(super) fn reject_only(mut self, check: Check) -> Self {
        for other in Check::ALL.into_iter().filter(|other| *other != check) {
            if self.level(other) == Level::Reject {
                self = self.with(other, Level::Warn);
            }
        }
        self
    }

    pub(super) const fn passes_user_defined_values(self) -> bool {
        self.user_defined_values
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::STANDARD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_switch_of_its_own() {
        for (index, check) in Check::ALL.into_iter().enumerate() {
            assert_eq!(check as usize, index);
            let policy = Policy::STRICT.with(check, Level::Off);
            let off = Check::ALL.into_iter().filter(|&other| policy.level(other) == Level::Off);
            assert_eq!(off.collect::<alloc::vec::Vec<_>>(), [check]);
        }
    }
}
