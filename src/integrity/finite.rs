//! `serde_json`'s document of a value, with an error where it would hide one.
//!
//! `serde_json` prints NaN and infinity as `null`, and recurses as deep as the value does. The
//! serializers here hand everything on to its own and stop at those two.

use std::{cell::Cell, fmt::Display};

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{
    canonical::MAX_DEPTH,
    error::{InvalidContent, InvalidContentKind},
};

/// The document of a value, without NaN or infinity and no deeper than [`MAX_DEPTH`].
pub(super) fn to_document<T>(value: &T) -> Result<Vec<u8>, InvalidContent>
where
    T: Serialize + ?Sized,
{
    let mut document = Vec::new();
    let fault = Cell::new(None);
    let place = Place {
        fault: &fault,
        depth: 0,
    };
    let serializer = Checked {
        inner: &mut serde_json::Serializer::new(&mut document),
        place,
    };
    match value.serialize(serializer) {
        Ok(()) => Ok(document),
        Err(error) => Err(match fault.get() {
            Some(kind) => InvalidContent::in_value(kind, None),
            None => {
                InvalidContent::in_value(InvalidContentKind::NotSerializable, Some(error.into()))
            }
        }),
    }
}

/// Where in the value a serializer stands, and what stopped it.
#[derive(Clone, Copy)]
struct Place<'a> {
    fault: &'a Cell<Option<InvalidContentKind>>,
    depth: usize,
}

impl Place<'_> {
    fn stop<E: Error>(self, kind: InvalidContentKind) -> E {
        self.fault.set(Some(kind));
        E::custom("no canonical form")
    }

    fn inside<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.stop(InvalidContentKind::TooDeep));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

/// A serializer, one of its compound forms, or a value on its way to it, that is looked through.
struct Checked<'a, I> {
    inner: I,
    place: Place<'a>,
}

impl<T: Serialize + ?Sized> Serialize for Checked<'_, &T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.serialize(Checked {
            inner: serializer,
            place: self.place,
        })
    }
}

/// Methods that hand a scalar on.
macro_rules! hand_on {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        }
    )*};
}

/// Methods that hand a number on if it is one.
macro_rules! hand_on_finite {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            if value.is_finite() {
                self.inner.$method(value)
            } else {
                Err(self.place.stop(InvalidContentKind::NotFinite))
            }
        }
    )*};
}

/// Methods that open a compound form, one level deeper.
macro_rules! hand_on_inside {
    ($($method:ident($($name:ident: $type:ty),*) -> $compound:ident,)*) => {$(
        fn $method(self, $($name: $type),*) -> Result<Self::$compound, S::Error> {
            let place = self.place.inside()?;
            Ok(Checked { inner: self.inner.$method($($name),*)?, place })
        }
    )*};
}

impl<'a, S: Serializer> Serializer for Checked<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Checked<'a, S::SerializeSeq>;
    type SerializeTuple = Checked<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Checked<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Checked<'a, S::SerializeTupleVariant>;
    type SerializeMap = Checked<'a, S::SerializeMap>;
    type SerializeStruct = Checked<'a, S::SerializeStruct>;
    type SerializeStructVariant = Checked<'a, S::SerializeStructVariant>;

    hand_on! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    hand_on_finite! {
        serialize_f32: f32,
        serialize_f64: f64,
    }

    hand_on_inside! {
        serialize_seq(len: Option<usize>) -> SerializeSeq,
        serialize_tuple(len: usize) -> SerializeTuple,
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct,
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeTupleVariant,
        serialize_map(len: Option<usize>) -> SerializeMap,
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct,
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize)
            -> SerializeStructVariant,
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Checked {
            inner: value,
            place: self.place,
        })
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(
            name,
            &Checked {
                inner: value,
                place: self.place,
            },
        )
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let place = self.place.inside()?;
        self.inner.serialize_newtype_variant(
            name,
            index,
            variant,
            &Checked {
                inner: value,
                place,
            },
        )
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Compound forms whose parts are values alone.
macro_rules! look_through {
    ($($compound:ident::$method:ident,)*) => {$(
        impl<I: $compound> $compound for Checked<'_, I> {
            type Ok = I::Ok;
            type Error = I::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), I::Error> {
                self.inner.$method(&Checked { inner: value, place: self.place })
            }

            fn end(self) -> Result<I::Ok, I::Error> {
                self.inner.end()
            }
        }
    )*};
}

look_through! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

/// Compound forms whose parts have names.
macro_rules! look_through_named {
    ($($compound:ident,)*) => {$(
        impl<I: $compound> $compound for Checked<'_, I> {
            type Ok = I::Ok;
            type Error = I::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), I::Error> {
                self.inner.serialize_field(name, &Checked { inner: value, place: self.place })
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), I::Error> {
                self.inner.skip_field(name)
            }

            fn end(self) -> Result<I::Ok, I::Error> {
                self.inner.end()
            }
        }
    )*};
}

look_through_named! {
    SerializeStruct,
    SerializeStructVariant,
}

impl<I: SerializeMap> SerializeMap for Checked<'_, I> {
    type Ok = I::Ok;
    type Error = I::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), I::Error> {
        self.inner.serialize_key(&Checked {
            inner: key,
            place: self.place,
        })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), I::Error> {
        self.inner.serialize_value(&Checked {
            inner: value,
            place: self.place,
        })
    }

    fn end(self) -> Result<I::Ok, I::Error> {
        self.inner.end()
    }
}
