//! Tag=value bytes: framing, fields, numbers, timestamps, composing.
