//! The values that an enumerated field may have.

use alloc::boxed::Box;

use super::form::Form;
use super::policy::Policy;

/// An enumeration: one look into a bitmap for values of one byte, which most are.
#[derive(Debug)]
pub(super) struct Values {
    /// A bit for each value of one byte.
    single: [u64; 4],
    /// Every value with its name, ascending by value.
    listed: Box<[Value]>,
    /// Whether other values of its type will do as well.
    is_open: bool,
    /// Whether FIX leaves numbers from 100 on to agreements.
    has_user_defined: bool,
}

/// One value.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) value: Box<[u8]>,
    pub(super) name: Box<str>,
}

impl Values {
    /// The enumeration of these values, which must ascend.
    pub(super) fn new(listed: Box<[Value]>, is_open: bool, has_user_defined: bool) -> Self {
        let mut single = [0; 4];
        for Value { value, .. } in &listed {
            if let &[byte] = &**value
                && let Some(word) = single.get_mut(usize::from(byte >> 6))
            {
                *word |= 1_u64 << (byte & 63);
            }
        }
        Self { single, listed, is_open, has_user_defined }
    }

    /// Whether a value of this form that is not listed will do: it consists of what is, or need
    /// not be.
    #[cold]
    pub(super) fn allow(&self, value: &[u8], form: Form, policy: &Policy) -> bool {
        let spelled = |word: &[u8]| self.contains(word) || self.allows_number(word, form, policy);
        if self.is_open {
            true
        } else if form.is_multiple() {
            value.split(|&byte| byte == b' ').all(spelled)
        } else {
            spelled(value)
        }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Leading zeros do not change a number, and those from 100 on may be agreed upon (S-VAL-06).
    fn allows_number(&self, value: &[u8], form: Form, policy: &Policy) -> bool {
        if !matches!(form, Form::Int | Form::Number) {
            return false;
        }
        let zeros = value.iter().take_while(|&&byte| byte == b'0').count();
        let zeros = zeros.min(value.len().saturating_sub(1));
        let digits = value.get(zeros..).unwrap_or_default();
        let agreed = self.has_user_defined && digits.len() > 2 && digits.first() != Some(&b'-');
        self.contains(digits) || (agreed && policy.passes_user_defined_values())
    }

    /// Whether a value is listed and of one byte.
    #[inline]
    pub(super) fn has_single(&self, value: &[u8]) -> bool {
        match value {
            &[byte] => {
                let word = self.single.get(usize::from(byte >> 6)).copied().unwrap_or(0);
                word >> (byte & 63) & 1 == 1
            }
            _ => false,
        }
    }

    /// Whether a value is listed.
    pub(super) fn contains(&self, value: &[u8]) -> bool {
        self.has_single(value) || (value.len() != 1 && self.find(value).is_some())
    }

    /// The name of a value.
    pub(super) fn find(&self, value: &[u8]) -> Option<&str> {
        let at = self.listed.binary_search_by(|listed| (*listed.value).cmp(value)).ok()?;
        self.listed.get(at).map(|listed| &*listed.name)
    }

    /// Every value with its name, ascending by value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &str)> {
        self.listed.iter().map(|Value { value, name }| (&**value, &**name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(listed: &[&str]) -> Values {
        let mut sorted: alloc::vec::Vec<_> = listed.to_vec();
        sorted.sort_unstable();
        let listed = sorted.iter();
        Values::new(
            listed
                .map(|value| Value { value: value.as_bytes().into(), name: "NAME".into() })
                .collect(),
            false,
            true,
        )
    }

    #[test]
    fn what_is_listed_is_allowed_and_nothing_else() {
        let values = values(&["1", "B", "CS", "FUT"]);
        for value in ["1", "B", "CS", "FUT"] {
            assert!(values.allow(value.as_bytes(), Form::Text, &Policy::STRICT), "{value}");
        }
        for value in ["2", "b", "C", "BOO", "1 B", "", "\u{ff}"] {
            assert!(!values.allow(value.as_bytes(), Form::Text, &Policy::STRICT), "{value}");
        }
    }

    #[test]
    fn each_word_of_a_list_is_looked_up() {
        let values = values(&["A", "B", "AV"]);
        assert!(values.allow(b"A B A", Form::Chars, &Policy::STRICT));
        assert!(values.allow(b"AV B", Form::Words, &Policy::STRICT));
        assert!(!values.allow(b"A C", Form::Chars, &Policy::STRICT));
    }

    #[test]
    fn leading_zeros_do_not_change_a_number() {
        let values = values(&["0", "1", "10"]);
        for value in ["00", "01", "010"] {
            assert!(values.allow(value.as_bytes(), Form::Int, &Policy::STRICT), "{value}");
            assert!(!values.allow(value.as_bytes(), Form::Text, &Policy::STRICT), "{value}");
        }
    }

    #[test]
    fn numbers_from_100_on_are_user_defined() {
        let values = values(&["0", "1"]);
        assert!(values.allow(b"100", Form::Int, &Policy::STANDARD));
        assert!(!values.allow(b"99", Form::Int, &Policy::STANDARD));
        assert!(!values.allow(b"-100", Form::Int, &Policy::STANDARD));
        assert!(!values.allow(b"100", Form::Int, &Policy::STRICT));
        assert!(!values.allow(b"100", Form::Text, &Policy::STANDARD));
        let none = Values { has_user_defined: false, ..values };
        assert!(!none.allow(b"100", Form::Int, &Policy::STANDARD));
    }
}
