//! Objects that a client sends.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Patch, Secret};

/// A struct for a JSON object that is sent: options that are `None`, lists and maps that are empty, and fields to
/// [keep](crate::Patch::Keep) stay out of it. What ends with `; always` never does; text only does when it is empty and ends
/// with `; optional`.
macro_rules! request {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty $(= $key:literal)? $(; $sent:ident)?),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[allow(clippy::exhaustive_structs, reason = "made by a literal that ends with `..Default::default()`")]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct as _;

                let fields = 0 $(+ usize::from(!request!(@absent &self.$field $(, $sent)?)))*;
                let mut object = serializer.serialize_struct(stringify!($name), fields)?;
                $(if request!(@absent &self.$field $(, $sent)?) {
                    object.skip_field(request!(@key $field $($key)?))?;
                } else {
                    object.serialize_field(request!(@key $field $($key)?), &self.$field)?;
                })*
                object.end()
            }
        }

        impl $crate::wire::Absent for $name {
            fn is_absent(&self) -> bool {
                false
            }
        }
    };
    (@absent $value:expr) => { $crate::wire::Absent::is_absent($value) };
    (@absent $value:expr, optional) => { str::is_empty($value) };
    (@absent $value:expr, always) => { false };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
}

/// What may stay out of a request.
pub(crate) trait Absent {
    fn is_absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<K, V> Absent for BTreeMap<K, V> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for Map<String, Value> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Absent for Patch<T> {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

/// Text, switches and figures are always sent, and so is a word, unless it is empty.
macro_rules! always_sent {
    ($($type:ty),+) => {
        $(impl Absent for $type {
            fn is_absent(&self) -> bool {
                false
            }
        })+
    };
}

always_sent!(String, Secret, bool, f64, Value);
