//! From a table of types to an enum that decodes them.

/// An enum with a variant for each type of event: the word on the wire, the variant, the fields of its data.
macro_rules! events {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $kind:literal $variant:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? }
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "fields are named as the server names them, and described where that says too little")]
        pub enum $name {
            $(
                $(#[$variant_meta])*
                #[doc = concat!("\n\n`", $kind, "`")]
                #[non_exhaustive]
                $variant {
                    /// What all events have.
                    meta: Box<$crate::event::EventMeta>,
                    $($(#[$field_meta])* $field: $type,)*
                },
            )+
            /// An event of a type that this version does not know, or whose data does not fit its type.
            #[non_exhaustive]
            Unknown {
                /// What all events have.
                meta: Box<$crate::event::EventMeta>,
                /// The type.
                kind: String,
                /// The data.
                data: serde_json::Value,
                /// Why the data does not fit, when the type is known.
                fault: Option<String>,
            },
        }

        impl $name {
            /// All types that are known.
            pub const KINDS: &[&str] = &[$($kind),+];

            /// The type, such as `output.message.delta`.
            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant { .. } => $kind,)+
                    Self::Unknown { kind, .. } => kind,
                }
            }

            /// What all events have.
            #[must_use]
            pub fn meta(&self) -> &$crate::event::EventMeta {
                match self {
                    $(Self::$variant { meta, .. })|+ | Self::Unknown { meta, .. } => meta,
                }
            }

            /// The same, to be changed.
            pub(crate) fn meta_mut(&mut self) -> &mut $crate::event::EventMeta {
                match self {
                    $(Self::$variant { meta, .. })|+ | Self::Unknown { meta, .. } => meta,
                }
            }

            /// The event of this type with this data.
            pub(super) fn decode(
                kind: &str,
                meta: Box<$crate::event::EventMeta>,
                data: &str,
            ) -> Self {
                let fault = match kind {
                    $($kind => {
                        #[derive(Default, serde::Deserialize)]
                        #[serde(default)]
                        struct Data {
                            $(#[serde(deserialize_with = "crate::event::envelope::or_default")] $field: $type,)*
                        }

                        match serde_json::from_str::<Data>(data) {
                            Ok(Data { $($field),* }) => return Self::$variant { meta, $($field),* },
                            Err(error) => Some(error.to_string()),
                        }
                    })+
                    _ => None,
                };
                let data = serde_json::from_str(data).unwrap_or_default();
                Self::Unknown { meta, kind: kind.to_owned(), data, fault }
            }
        }
    };
}
