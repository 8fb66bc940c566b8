//! Which dictionaries a session has, and what is compared with them.

use alloc::string::String;

use crate::settings::draft::Draft;
use crate::settings::key::{Key, flag, only, text};

const CHECKS: &str = "dictionaries.checks";

pub(super) const KEYS: &[Key] = &[
    flag("UseDataDictionary", "CJNG", "dictionaries.used", |draft, yes| {
        draft.dictionaries.used = yes;
    }),
    text("DataDictionary", "CJNG", "dictionaries.session", "path", |draft, _, value| {
        draft.dictionaries.session = Some(draft.folder.join(value));
        Ok(())
    }),
    text("TransportDataDictionary", "CJNG", "dictionaries.transport", "path", |draft, _, value| {
        draft.dictionaries.transport = Some(draft.folder.join(value));
        Ok(())
    }),
    text(
        "AppDataDictionary AppDataDictionary.<BeginString>",
        "CJNG",
        "dictionaries.application",
        "path",
        app_dictionary,
    ),
    flag("ValidateIncomingMessage", "J", CHECKS, |draft, yes| {
        draft.dictionaries.checks.incoming = yes;
    }),
    flag("ValidateFieldsOutOfOrder", "CJNG", "fields_out_of_order", |draft, yes| {
        draft.options.fields_out_of_order = Some(!yes);
        draft.dictionaries.checks.out_of_order_allowed = !yes;
    }),
    flag("ValidateFieldsHaveValues", "CJN", "empty_values", |draft, yes| {
        draft.options.empty_values = Some(!yes);
        draft.dictionaries.checks.empty_values_allowed = !yes;
    }),
    flag("ValidateUserDefinedFields CheckUserDefinedFields", "CJNG", CHECKS, |draft, yes| {
        draft.dictionaries.checks.user_defined_fields = yes;
    }),
    flag("ValidateUnorderedGroupFields", "J", CHECKS, |draft, yes| {
        draft.dictionaries.checks.unordered_group_fields = yes;
    }),
    only(
        "FirstFieldInGroupIsDelimiter",
        "J",
        "N",
        "entries begin with the field that their dictionary puts first",
        "a DataDictionary with that order",
    ),
    flag("AllowUnknownMsgFields AllowUnknownMessageFields", "CJNG", CHECKS, |draft, yes| {
        draft.dictionaries.checks.unknown_fields_allowed = yes;
    }),
    flag("AllowUnknownEnumValues", "CJN", CHECKS, |draft, yes| {
        draft.dictionaries.checks.unknown_values_allowed = yes;
    }),
    flag("RejectInvalidMessage", "JG", CHECKS, |draft, yes| {
        draft.dictionaries.checks.invalid_rejected = yes;
    }),
];

fn app_dictionary(draft: &mut Draft, version: &str, value: &str) -> Result<(), String> {
    let path = draft.folder.join(value);
    draft.dictionaries.application.insert(version.into(), path);
    Ok(())
}
