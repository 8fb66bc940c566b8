//! The hours of a session: examples, a clock watched for ten years, and boundaries that act once.

mod examples;
mod once;
mod oracle;
mod years;
mod zones;
