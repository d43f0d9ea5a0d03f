//! What serde is told about a type: the names of its fields, and the words of a set.

use std::fmt::Display;

use serde::{
    Deserialize, Serialize,
    de::{Deserializer, Visitor, value::Error},
    forward_to_deserialize_any,
    ser::{Impossible, SerializeStruct, Serializer},
};

/// The fields that a type asks a decoder for.
pub(crate) fn of_record<'de, T: Deserialize<'de>>() -> Vec<&'static str> {
    struct Probe<'a>(&'a mut Vec<&'static str>);

    impl<'de> Deserializer<'de> for Probe<'_> {
        type Error = Error;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _name: &'static str,
            fields: &'static [&'static str],
            _visitor: V,
        ) -> Result<V::Value, Error> {
            self.0.extend(fields);
            Err(serde::de::Error::custom("only asked"))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
            panic!("not a struct");
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut fields = Vec::new();
    assert!(T::deserialize(Probe(&mut fields)).is_err());
    fields
}

/// The fields that a type gives an encoder, each with whether an empty one is written.
pub(crate) fn of_request<T: Serialize + Default>() -> Vec<(&'static str, bool)> {
    T::default().serialize(FieldsOnly).unwrap()
}

struct FieldsOnly;

struct Fields(Vec<(&'static str, bool)>);

impl SerializeStruct for Fields {
    type Ok = Vec<(&'static str, bool)>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, _value: &T) -> Result<(), Error> {
        self.0.push((key, true));
        Ok(())
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), Error> {
        self.0.push((key, false));
        Ok(())
    }

    fn end(self) -> Result<Self::Ok, Error> {
        Ok(self.0)
    }
}

macro_rules! not_structs {
    ($($method:ident($($argument:ty),*) -> $result:ty;)+) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$result, Error> {
            panic!("not a struct");
        })+
    };
}

impl Serializer for FieldsOnly {
    type Ok = Vec<(&'static str, bool)>;
    type Error = Error;
    type SerializeSeq = Impossible<Self::Ok, Error>;
    type SerializeTuple = Impossible<Self::Ok, Error>;
    type SerializeTupleStruct = Impossible<Self::Ok, Error>;
    type SerializeTupleVariant = Impossible<Self::Ok, Error>;
    type SerializeMap = Impossible<Self::Ok, Error>;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<Self::Ok, Error>;

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Fields, Error> {
        Ok(Fields(Vec::new()))
    }

    not_structs! {
        serialize_bool(bool) -> Self::Ok;
        serialize_i8(i8) -> Self::Ok;
        serialize_i16(i16) -> Self::Ok;
        serialize_i32(i32) -> Self::Ok;
        serialize_i64(i64) -> Self::Ok;
        serialize_u8(u8) -> Self::Ok;
        serialize_u16(u16) -> Self::Ok;
        serialize_u32(u32) -> Self::Ok;
        serialize_u64(u64) -> Self::Ok;
        serialize_f32(f32) -> Self::Ok;
        serialize_f64(f64) -> Self::Ok;
        serialize_char(char) -> Self::Ok;
        serialize_str(&str) -> Self::Ok;
        serialize_bytes(&[u8]) -> Self::Ok;
        serialize_none() -> Self::Ok;
        serialize_unit() -> Self::Ok;
        serialize_unit_struct(&'static str) -> Self::Ok;
        serialize_unit_variant(&'static str, u32, &'static str) -> Self::Ok;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _value: &T) -> Result<Self::Ok, Error> {
        panic!("not a struct");
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<Self::Ok, Error> {
        panic!("not a struct");
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Self::Ok, Error> {
        panic!("not a struct");
    }

    fn collect_str<T: Display + ?Sized>(self, _value: &T) -> Result<Self::Ok, Error> {
        panic!("not a struct");
    }
}

/// The words of a set, which its error about a number names.
pub(crate) fn words<T: for<'de> Deserialize<'de>>() -> Vec<String> {
    let Err(error) = serde_json::from_str::<T>("0") else { panic!("a number is no word") };
    let message = error.to_string();
    let (_, words) = message.split_once("a word, such as").unwrap();
    words.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
