//! The dictionaries of a session: one, or those of FIXT.1.1 and of the application versions that
//! travel over it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::appl_versions::{ApplVerId, ApplVersions};
use super::dictionary::Dictionary;
use super::policy::{Level, Policy};
use super::rule::Rule;
use super::violation::{Check, Violation};
use crate::wire::{Fields, Message, Tag};

/// What the messages of a session are held to: dictionaries, a [`Policy`], and [`Rule`]s of what
/// is required under a condition. Immutable, shared by all sessions that have the same.
///
/// ```
/// # use std::sync::Arc;
/// # use fixline::dictionary::{Check, Dictionary, Dictionaries, Level, Policy, Rule, Spec};
/// # use fixline::wire::Tag;
/// # let dictionary = Arc::new(Dictionary::compile(&Spec::default())?);
/// let dictionaries = Dictionaries::new(dictionary)
///     .policy(Policy::STANDARD.with(Check::GroupOrder, Level::Warn))
///     // A limit order has a price.
///     .rule(Rule::new("D", Tag::ORD_TYPE, &["2"], Tag::PRICE));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dictionaries {
    session: Arc<Dictionary>,
    /// Ascending by version.
    applications: Vec<(ApplVerId, Arc<Dictionary>)>,
    policy: Policy,
    rules: Vec<Rule>,
}

impl Dictionaries {
    /// One dictionary for session and application messages: FIX.4.0 to FIX.4.4. Under FIXT.1.1 the
    /// one of the session messages, the header and the trailer; add the others with
    /// [`application`](Self::application).
    #[must_use]
    pub fn new(session: Arc<Dictionary>) -> Self {
        Self { session, applications: Vec::new(), policy: Policy::default(), rules: Vec::new() }
    }

    /// What one dictionary needs to serve a session. One that has a header stands alone; one that has
    /// application messages only, as those of FIX 5.0 and later have, is put over the FIXT.1.1 that
    /// comes with the crate, as the version that it names, or FIX.5.0SP2 if it names none (S-FIXT-09).
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use fixline::dictionary::{ApplVerId, Dictionaries, Dictionary, Standard};
    ///
    /// let dictionary = Arc::new(Dictionary::compile(&Standard::Fix50Sp1.spec())?);
    /// let dictionaries = Dictionaries::standing_alone(dictionary);
    /// assert_eq!(dictionaries.session().version(), "FIXT.1.1");
    /// assert!(dictionaries.of(ApplVerId::FIX50SP1).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "dictionaries")]
    #[must_use]
    pub fn standing_alone(dictionary: Arc<Dictionary>) -> Self {
        let transport = Dictionary::compile(&super::Standard::Fixt11.spec());
        match transport {
            Ok(transport) if !dictionary.has_header() => {
                let version = ApplVerId::from_name(dictionary.version());
                let version = version.unwrap_or(ApplVerId::FIX50SP2);
                Self::new(Arc::new(transport)).application(version, dictionary)
            }
            Ok(_) | Err(_) => Self::new(dictionary),
        }
    }

    /// The dictionary of an application version under FIXT.1.1.
    #[must_use]
    pub fn application(mut self, version: ApplVerId, dictionary: Arc<Dictionary>) -> Self {
        match self.applications.binary_search_by_key(&version, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, known)) = self.applications.get_mut(at) {
                    *known = dictionary;
                }
            }
            Err(at) => self.applications.insert(at, (version, dictionary)),
        }
        self
    }

    /// How strict to be. Default [`Policy::STANDARD`].
    #[must_use]
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What is done about this broken rule.
    #[must_use]
    pub const fn level(&self, check: Check) -> Level {
        self.policy.level(check)
    }

    /// A further rule of what is required under a condition (14.m).
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// The dictionary of the session messages.
    #[must_use]
    pub const fn session(&self) -> &Arc<Dictionary> {
        &self.session
    }

    /// The dictionary of an application version.
    #[must_use]
    pub fn of(&self, version: ApplVerId) -> Option<&Arc<Dictionary>> {
        let at = self.applications.binary_search_by_key(&version, |(known, _)| *known).ok()?;
        self.applications.get(at).map(|(_, dictionary)| dictionary)
    }

    /// Whether there are dictionaries of application versions, as FIXT.1.1 needs them.
    #[must_use]
    pub fn has_applications(&self) -> bool {
        !self.applications.is_empty()
    }

    /// Holds a message of a side that sends these versions to its dictionaries.
    ///
    /// `Ok` has the first thing that the policy only warns of.
    ///
    /// # Errors
    ///
    /// As of [`Dictionary::validate`]; and [`Check::ApplVersion`], [`Check::ConditionallyRequired`].
    pub fn validate(
        &self,
        message: Message<'_>,
        versions: &ApplVersions,
    ) -> Result<Option<Violation>, Violation> {
        self.validate_fields(message.msg_type(), message.behind_msg_type(), versions)
    }

    /// As [`validate`](Self::validate), for the fields between MsgType(35) and CheckSum(10) of what
    /// is to become a message of this type.
    ///
    /// # Errors
    ///
    /// As of [`validate`](Self::validate).
    pub fn validate_fields(
        &self,
        msg_type: &[u8],
        fields: Fields<'_>,
        versions: &ApplVersions,
    ) -> Result<Option<Violation>, Violation> {
        let application = match self.application_for(msg_type, fields, versions) {
            Ok(application) => application,
            Err(violation) => {
                return match self.policy.level(violation.check) {
                    Level::Reject => Err(violation),
                    Level::Warn => Ok(Some(violation)),
                    Level::Off => Ok(None),
                };
            }
        };
        let warning =
            application.validate_fields_within(&self.session, msg_type, fields, &self.policy)?;
        let level = self.policy.level(Check::ConditionallyRequired);
        if self.rules.is_empty() {
            return Ok(warning);
        }
        let body = application.level(msg_type, fields);
        let body = body.or_else(|| self.session.level(msg_type, fields));
        let broken = self.rules.iter().find_map(|rule| rule.broken_by(msg_type, fields, body));
        match broken {
            Some(violation) if level == Level::Reject => Err(violation),
            Some(violation) if level == Level::Warn => Ok(warning.or(Some(violation))),
            Some(_) | None => Ok(warning),
        }
    }

    /// Which dictionary a message is of (S-FIXT-04, S-FIXT-09).
    fn application_for(
        &self,
        msg_type: &[u8],
        fields: Fields<'_>,
        versions: &ApplVersions,
    ) -> Result<&Dictionary, Violation> {
        if self.applications.is_empty() {
            return Ok(&self.session);
        }
        if self.session.is_admin(msg_type) == Some(true) {
            // No application version has a say in them (S-FIXT-09).
            return Ok(&self.session);
        }
        let unknown = |tag| Violation { check: Check::ApplVersion, tag: Some(tag) };
        let stated = fields
            .iter()
            .take_while(|field| field.tag.is_header())
            .find(|field| field.tag == Tag::APPL_VER_ID);
        let (version, tag) = match stated {
            Some(field) => (ApplVerId::parse(field.value), Tag::APPL_VER_ID),
            None => match versions.stated_for(msg_type) {
                Some(version) => (Some(version), Tag::REF_APPL_VER_ID),
                None => (Some(versions.of(msg_type)), Tag::DEFAULT_APPL_VER_ID),
            },
        };
        // XMLnonFIX is the transport's, and needs no application version.
        let of_transport = || self.session.has_message(msg_type).then_some(&self.session);
        version
            .and_then(|version| self.of(version))
            .or_else(of_transport)
            .map(|known| &**known)
            .ok_or_else(|| unknown(tag))
    }
}
