//! Keys that no engine of the QuickFIX family has: what its counterparties may need all the same.

use alloc::string::String;
use alloc::vec::Vec;

use crate::settings::draft::Draft;
use crate::settings::key::{Key, flag, text, whole};
use crate::wire::Tag;

pub(super) const KEYS: &[Key] = &[
    whole("MaxMessageSize", "F", "message_len_max", (1024, 64 << 20), |draft, bytes| {
        draft.options.message_len_max = usize::try_from(bytes).ok();
    }),
    whole("MaxFields", "F", "fields_max", (16, 1_000_000), |draft, fields| {
        draft.options.fields_max = usize::try_from(fields).ok();
    }),
    whole("MaxGarbledMessages", "F", "garbled_max", (0, u32::MAX), |draft, frames| {
        draft.options.garbled_max = Some(frames);
    }),
    flag("OptionalLogonFields", "F", "optional_logon_fields", |draft, yes| {
        draft.options.optional_logon_fields = Some(yes);
    }),
    flag("InferReset", "F", "infer_reset", |draft, yes| draft.options.infer_reset = Some(yes)),
    flag("EndSeqNoZero", "F", "end_seq_no_zero", |draft, yes| {
        draft.options.end_seq_no_zero = Some(yes);
    }),
    flag("RawDataWithoutLength", "F", "raw_data_without_length", |draft, yes| {
        draft.options.raw_data_without_length = Some(yes);
    }),
    flag("ValidateLooseFormats", "F", "dictionaries.checks", |draft, yes| {
        draft.dictionaries.checks.loose_formats = yes;
    }),
    text("SecretTags", "F", "secret_tags", "tags with commas between, such as `9001,9002`", tags),
];

fn tags(draft: &mut Draft, _: &str, value: &str) -> Result<(), String> {
    let tags = value.split(',').map(|tag| tag.trim().parse().ok().and_then(Tag::new));
    let tags: Option<Vec<Tag>> = tags.collect();
    draft.options.secret_tags = Some(tags.ok_or("is no list of tags such as 9001,9002")?);
    Ok(())
}
