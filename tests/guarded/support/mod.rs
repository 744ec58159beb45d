//! A guarded store that does as it is told, and a bench that polls the layer around a mock.

mod bench;
mod message;
mod shelf;

pub(crate) use bench::{Bench, Build, Call, Form, build};
pub(crate) use message::{
    Answer, Body, Torn, answer, answer_with, get, ok, problem, put, request, tag, upload,
    with_content, with_field,
};
pub(crate) use shelf::{Lent, Op, Shelf};
