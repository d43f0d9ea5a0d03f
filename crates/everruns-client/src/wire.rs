//! How types meet the wire: servers add fields and values, leave optional ones out or send `null`, and differ by version.

#[macro_use]
mod open_enum;
#[macro_use]
mod record;
#[macro_use]
mod request;
#[macro_use]
mod tagged;
mod patch;
mod secret;
#[cfg(test)]
mod tests;
mod timestamp;

pub use self::{patch::Patch, secret::Secret, timestamp::Timestamp};
pub(crate) use self::{
    record::{Key, MapSlot, Object},
    request::Absent,
    tagged::Tagged,
};
