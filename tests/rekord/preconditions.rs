//! The contract's table of preconditions, row by row: literal header lines to a literal outcome, on models and on
//! rules. After every row that refuses, the resource is what it was.

use Row as R;
use State::{Five, Missing};

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::process::Server;
use crate::resource::Kind;
use crate::wire::Wire;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Missing,
    /// Written five times: the current tag is `"5"`.
    Five,
}

/// Method, target's state, literal header lines, then what has to come of them: status, `ETag` (empty: none), and the
/// field that a 412 names (empty elsewhere).
#[derive(Debug)]
struct Row(
    &'static str,
    State,
    &'static [&'static [u8]],
    u16,
    &'static str,
    &'static str,
);

const FIVE: &str = r#""5""#;
const SIX: &str = r#""6""#;
const ONE: &str = r#""1""#;

/// RFC 9110 §13.1.1.
#[rustfmt::skip]
const IF_MATCH: &[Row] = &[
    // A write whose tag matches.
    R("PUT",    Five,    &[br#"If-Match: "5""#],                         200, SIX,  ""),
    R("PATCH",  Five,    &[br#"If-Match: "5""#],                         200, SIX,  ""),
    R("DELETE", Five,    &[br#"If-Match: "5""#],                         204, "",   ""),
    R("GET",    Five,    &[br#"If-Match: "5""#],                         200, FIVE, ""),
    R("HEAD",   Five,    &[br#"If-Match: "5""#],                         200, FIVE, ""),
    // One whose tag does not.
    R("PUT",    Five,    &[br#"If-Match: "4""#],                         412, FIVE, "If-Match"),
    R("PATCH",  Five,    &[br#"If-Match: "4""#],                         412, FIVE, "If-Match"),
    R("DELETE", Five,    &[br#"If-Match: "4""#],                         412, FIVE, "If-Match"),
    R("GET",    Five,    &[br#"If-Match: "4""#],                         412, FIVE, "If-Match"),
    R("HEAD",   Five,    &[br#"If-Match: "4""#],                         412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "6""#],                         412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "55""#],                        412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: """#],                          412, FIVE, "If-Match"),
    // Strong comparison: weak tag accepted by If-Match.
    R("PUT",    Five,    &[br#"If-Match: W/"5""#],                       412, FIVE, "If-Match"),
    R("PATCH",  Five,    &[br#"If-Match: W/"5""#],                       412, FIVE, "If-Match"),
    R("DELETE", Five,    &[br#"If-Match: W/"5""#],                       412, FIVE, "If-Match"),
    R("GET",    Five,    &[br#"If-Match: W/"5""#],                       412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: W/"5", "5""#],                  200, SIX,  ""),
    // Tags are bytes, not numbers: `parse::<i64>` matching `"007"`.
    R("PUT",    Five,    &[br#"If-Match: "05""#],                        412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "+5""#],                        412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "-5""#],                        412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "5.0""#],                       412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "0x5""#],                       412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "18446744073709551621""#],      412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "4294967301""#],                412, FIVE, "If-Match"),
    R("PATCH",  Five,    &[br#"If-Match: "05""#],                        412, FIVE, "If-Match"),
    R("DELETE", Five,    &[br#"If-Match: "18446744073709551621""#],      412, FIVE, "If-Match"),
    // A list, in one line and in several: only the first field line read.
    R("PUT",    Five,    &[br#"If-Match: "1", "5""#],                    200, SIX,  ""),
    R("PUT",    Five,    &[br#"If-Match: "1","2",	"5" ,"7""#],         200, SIX,  ""),
    R("PUT",    Five,    &[br#"If-Match: , "5","#],                      200, SIX,  ""),
    R("PUT",    Five,    &[br#"If-Match: "1", "2""#],                    412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "1""#, br#"If-Match: "5""#],    200, SIX,  ""),
    R("PATCH",  Five,    &[br#"If-Match: "1""#, br#"If-Match: "5""#],    200, SIX,  ""),
    R("DELETE", Five,    &[br#"If-Match: "1""#, br#"if-match: "5""#],    204, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "1""#, br#"If-Match: "2""#],    412, FIVE, "If-Match"),
    R("PUT",    Five,    &[b"If-Match:",        br#"If-Match: "5""#],    200, SIX,  ""),
    // Split at commas inside quotes.
    R("PUT",    Five,    &[br#"If-Match: "a,5""#],                       412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "5,""#],                        412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "a,b", "5""#],                 200, SIX,  ""),
    R("PUT",    Five,    &[br#"If-Match: ",", "5""#],                    200, SIX,  ""),
    // Non-ASCII header dropping the condition: 0x80-0xFF are legal in a tag.
    R("PUT",    Five,    &[b"If-Match: \"\xe9\""],                       412, FIVE, "If-Match"),
    R("PATCH",  Five,    &[b"If-Match: \"\x80\""],                       412, FIVE, "If-Match"),
    R("DELETE", Five,    &[b"If-Match: \"\xff\""],                       412, FIVE, "If-Match"),
    R("PUT",    Five,    &[b"If-Match: \"5\xc3\xa9\""],                  412, FIVE, "If-Match"),
    R("PUT",    Five,    &[b"If-Match: \"\xe9\", \"5\""],                200, SIX,  ""),
    R("PUT",    Five,    &[b"If-Match: \"\xe9\"", b"If-Match: \"5\""],   200, SIX,  ""),
    // `*` asks for a current representation, not for a tag.
    R("PUT",    Five,    &[b"If-Match: *"],                              200, SIX,  ""),
    R("PATCH",  Five,    &[b"If-Match: *"],                              200, SIX,  ""),
    R("DELETE", Five,    &[b"If-Match: *"],                              204, "",   ""),
    R("GET",    Five,    &[b"If-Match: *"],                              200, FIVE, ""),
    R("PUT",    Five,    &[br#"If-Match: "*""#],                         412, FIVE, "If-Match"),
    // A missing target: PUT creates nothing, the others answer for themselves.
    R("PUT",    Missing, &[br#"If-Match: "5""#],                         412, "",   "If-Match"),
    R("PUT",    Missing, &[br#"If-Match: "1""#],                         412, "",   "If-Match"),
    R("PUT",    Missing, &[br#"If-Match: "0""#],                         412, "",   "If-Match"),
    R("PUT",    Missing, &[b"If-Match: *"],                              412, "",   "If-Match"),
    R("PATCH",  Missing, &[br#"If-Match: "5""#],                         404, "",   ""),
    R("DELETE", Missing, &[br#"If-Match: "5""#],                         404, "",   ""),
    R("GET",    Missing, &[br#"If-Match: "5""#],                         404, "",   ""),
    R("HEAD",   Missing, &[br#"If-Match: "5""#],                         404, "",   ""),
    R("PATCH",  Missing, &[b"If-Match: *"],                              404, "",   ""),
    R("DELETE", Missing, &[b"If-Match: *"],                              404, "",   ""),
    R("GET",    Missing, &[b"If-Match: *"],                              404, "",   ""),
    // An empty list is present, and matches nothing.
    R("PUT",    Five,    &[b"If-Match:"],                                412, FIVE, "If-Match"),
    R("PUT",    Five,    &[b"If-Match:   "],                             412, FIVE, "If-Match"),
    R("PUT",    Five,    &[b"If-Match: ,"],                              412, FIVE, "If-Match"),
    R("PUT",    Five,    &[b"If-Match: , ,\t,"],                         412, FIVE, "If-Match"),
    R("PATCH",  Five,    &[b"If-Match:"],                                412, FIVE, "If-Match"),
    R("DELETE", Five,    &[b"If-Match: ,"],                              412, FIVE, "If-Match"),
    R("DELETE", Five,    &[b"If-Match:", b"If-Match:"],                  412, FIVE, "If-Match"),
    R("GET",    Five,    &[b"If-Match:"],                                412, FIVE, "If-Match"),
    R("PUT",    Missing, &[b"If-Match:"],                                412, "",   "If-Match"),
    R("PUT",    Missing, &[b"If-Match: ,"],                              412, "",   "If-Match"),
    R("PATCH",  Missing, &[b"If-Match:"],                                404, "",   ""),
    R("DELETE", Missing, &[b"If-Match: ,"],                              404, "",   ""),
    R("GET",    Missing, &[b"If-Match:"],                                404, "",   ""),
    // Malformed: refused on every method, whether or not the target exists.
    R("PUT",    Five,    &[b"If-Match: 5"],                              400, "",   ""),
    R("PATCH",  Five,    &[b"If-Match: 5"],                              400, "",   ""),
    R("DELETE", Five,    &[b"If-Match: 5"],                              400, "",   ""),
    R("GET",    Five,    &[b"If-Match: 5"],                              400, "",   ""),
    R("HEAD",   Five,    &[b"If-Match: 5"],                              400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "5"#],                          400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: 5""#],                          400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: ""#],                           400, "",   ""),
    R("DELETE", Five,    &[br#"If-Match: "5"#],                          400, "",   ""),
    R("PUT",    Five,    &[b"If-Match: '5'"],                         400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: w/"5""#],                       400, "",   ""),
    R("PUT",    Five,    &[b"If-Match: W/5"],                         400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: W"5""#],                        400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: W/ "5""#],                      400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "5" "6""#],                     400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "5"; "6""#],                    400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "5"x"#],                        400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "a b", "5""#],                  400, "",   ""),
    R("PUT",    Five,    &[b"If-Match: \"a\tb\", \"5\""],                400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "5", "6"#],                     400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "5", 6"#],                      400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "5""#, b"If-Match: 6"],         400, "",   ""),
    R("PUT",    Five,    &[b"If-Match: 6", br#"If-Match: "5""#],         400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: "5", *"#],                      400, "",   ""),
    R("PUT",    Five,    &[br#"If-Match: *, "5""#],                      400, "",   ""),
    R("PUT",    Five,    &[b"If-Match: *, *"],                           400, "",   ""),
    R("PUT",    Five,    &[b"If-Match: *", br#"If-Match: "5""#],         400, "",   ""),
    R("DELETE", Five,    &[b"If-Match: *", b"If-Match: *"],              400, "",   ""),
    R("PUT",    Five,    &[b"If-Match: \xe9"],                           400, "",   ""),
    R("DELETE", Five,    &[b"If-Match: \"\xe9"],                         400, "",   ""),
    R("PUT",    Missing, &[b"If-Match: 5"],                              400, "",   ""),
    R("PATCH",  Missing, &[b"If-Match: 5"],                              400, "",   ""),
    R("DELETE", Missing, &[br#"If-Match: "5"#],                          400, "",   ""),
    R("PUT",    Missing, &[br#"If-Match: "5", *"#],                      400, "",   ""),
];

/// RFC 9110 §13.1.2.
#[rustfmt::skip]
const IF_NONE_MATCH: &[Row] = &[
    // A read whose copy is current, by weak comparison.
    R("GET",    Five,    &[br#"If-None-Match: "5""#],                            304, FIVE, ""),
    R("HEAD",   Five,    &[br#"If-None-Match: "5""#],                            304, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: W/"5""#],                          304, FIVE, ""),
    R("HEAD",   Five,    &[br#"If-None-Match: W/"5""#],                          304, FIVE, ""),
    R("GET",    Five,    &[b"If-None-Match: *"],                                 304, FIVE, ""),
    R("HEAD",   Five,    &[b"If-None-Match: *"],                                 304, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "1", "5""#],                       304, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "1""#, br#"If-None-Match: "5""#],  304, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "1""#, br#"If-None-Match: W/"5""#], 304, FIVE, ""),
    R("GET",    Five,    &[b"If-None-Match: \"\xe9\", \"5\""],                   304, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "a,b", "5""#],                    304, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: , "5","#],                         304, FIVE, ""),
    // One whose copy is not.
    R("GET",    Five,    &[br#"If-None-Match: "4""#],                            200, FIVE, ""),
    R("HEAD",   Five,    &[br#"If-None-Match: "4""#],                            200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: W/"4""#],                          200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "05""#],                           200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "18446744073709551621""#],         200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "a,5""#],                          200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "5,""#],                           200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "*""#],                            200, FIVE, ""),
    R("GET",    Five,    &[b"If-None-Match: \"\xe9\""],                          200, FIVE, ""),
    R("GET",    Five,    &[b"If-None-Match:"],                                   200, FIVE, ""),
    R("GET",    Five,    &[b"If-None-Match: ,"],                                 200, FIVE, ""),
    // Malformed on a read: as if absent.
    R("GET",    Five,    &[b"If-None-Match: 5"],                                 200, FIVE, ""),
    R("HEAD",   Five,    &[b"If-None-Match: 5"],                                 200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "5"#],                             200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: w/"5""#],                          200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "5", *"#],                         200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: *, "5""#],                         200, FIVE, ""),
    R("GET",    Missing, &[b"If-None-Match: 5"],                                 404, "",   ""),
    R("HEAD",   Missing, &[b"If-None-Match: 5"],                                 404, "",   ""),
    // A 404 or an error turned into 304.
    R("GET",    Missing, &[b"If-None-Match: *"],                                 404, "",   ""),
    R("HEAD",   Missing, &[b"If-None-Match: *"],                                 404, "",   ""),
    R("GET",    Missing, &[br#"If-None-Match: "5""#],                            404, "",   ""),
    R("GET",    Missing, &[b"If-None-Match:"],                                   404, "",   ""),
    // A write that wants to be the first.
    R("PUT",    Five,    &[b"If-None-Match: *"],                                 412, FIVE, "If-None-Match"),
    R("PATCH",  Five,    &[b"If-None-Match: *"],                                 412, FIVE, "If-None-Match"),
    R("DELETE", Five,    &[b"If-None-Match: *"],                                 412, FIVE, "If-None-Match"),
    R("PUT",    Missing, &[b"If-None-Match: *"],                                 201, ONE,  ""),
    R("PATCH",  Missing, &[b"If-None-Match: *"],                                 404, "",   ""),
    R("DELETE", Missing, &[b"If-None-Match: *"],                                 404, "",   ""),
    // A write that spares one state.
    R("PUT",    Five,    &[br#"If-None-Match: "5""#],                            412, FIVE, "If-None-Match"),
    R("PUT",    Five,    &[br#"If-None-Match: W/"5""#],                          412, FIVE, "If-None-Match"),
    R("PATCH",  Five,    &[br#"If-None-Match: "5""#],                            412, FIVE, "If-None-Match"),
    R("DELETE", Five,    &[br#"If-None-Match: "1", "5""#],                       412, FIVE, "If-None-Match"),
    R("DELETE", Five,    &[br#"If-None-Match: "1""#, br#"If-None-Match: "5""#],  412, FIVE, "If-None-Match"),
    R("PUT",    Five,    &[br#"If-None-Match: "4""#],                            200, SIX,  ""),
    R("PATCH",  Five,    &[br#"If-None-Match: "05""#],                           200, SIX,  ""),
    R("DELETE", Five,    &[br#"If-None-Match: "4""#],                            204, "",   ""),
    R("PUT",    Missing, &[br#"If-None-Match: "5""#],                            201, ONE,  ""),
    // An empty list matches nothing, so nothing speaks against the write.
    R("PUT",    Five,    &[b"If-None-Match:"],                                   200, SIX,  ""),
    R("PATCH",  Five,    &[b"If-None-Match: ,"],                                 200, SIX,  ""),
    R("DELETE", Five,    &[b"If-None-Match:"],                                   204, "",   ""),
    R("PUT",    Missing, &[b"If-None-Match:"],                                   201, ONE,  ""),
    R("PUT",    Missing, &[b"If-None-Match: ,"],                                 201, ONE,  ""),
    R("PATCH",  Missing, &[b"If-None-Match:"],                                   404, "",   ""),
    // Malformed on a write: refused.
    R("PUT",    Five,    &[b"If-None-Match: 4"],                                 400, "",   ""),
    R("PATCH",  Five,    &[b"If-None-Match: 4"],                                 400, "",   ""),
    R("DELETE", Five,    &[b"If-None-Match: 4"],                                 400, "",   ""),
    R("PUT",    Five,    &[br#"If-None-Match: "4"#],                             400, "",   ""),
    R("PUT",    Five,    &[br#"If-None-Match: *, "4""#],                         400, "",   ""),
    R("PUT",    Five,    &[br#"If-None-Match: "4", *"#],                         400, "",   ""),
    R("PUT",    Five,    &[br#"If-None-Match: "4""#, b"If-None-Match: x"],       400, "",   ""),
    R("DELETE", Five,    &[b"If-None-Match: \xe9"],                              400, "",   ""),
    R("PUT",    Missing, &[b"If-None-Match: 4"],                                 400, "",   ""),
    R("PUT",    Missing, &[b"If-None-Match: **"],                                400, "",   ""),
    R("PATCH",  Missing, &[b"If-None-Match: 4"],                                 400, "",   ""),
    R("DELETE", Missing, &[br#"If-None-Match: "4"#],                             400, "",   ""),
];

/// RFC 9110 §13.2.2, with §13.1.3 and §13.1.4 where dates stand beside tags.
#[rustfmt::skip]
const ORDER: &[Row] = &[
    R("GET",    Five,    &[br#"If-Match: "5""#, br#"If-None-Match: "5""#],       304, FIVE, ""),
    R("GET",    Five,    &[br#"If-Match: "4""#, br#"If-None-Match: "5""#],       412, FIVE, "If-Match"),
    R("GET",    Five,    &[br#"If-None-Match: "5""#, br#"If-Match: "4""#],       412, FIVE, "If-Match"),
    R("GET",    Five,    &[br#"If-Match: "5""#, br#"If-None-Match: "4""#],       200, FIVE, ""),
    R("PUT",    Five,    &[br#"If-Match: "5""#, b"If-None-Match: *"],            412, FIVE, "If-None-Match"),
    R("PUT",    Five,    &[br#"If-Match: "4""#, b"If-None-Match: *"],            412, FIVE, "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "5""#, br#"If-None-Match: "4""#],       200, SIX,  ""),
    R("PUT",    Missing, &[b"If-Match: *", b"If-None-Match: *"],                 412, "",   "If-Match"),
    R("PUT",    Five,    &[br#"If-Match: "5""#, b"If-None-Match: 4"],            400, "",   ""),
    // If-Unmodified-Since judged beside If-Match.
    R("PUT",    Five,    &[br#"If-Match: "5""#, b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"], 200, SIX, ""),
    R("DELETE", Five,    &[br#"If-Match: "5""#, b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"], 204, "", ""),
    R("PUT",    Five,    &[br#"If-Match: "4""#, b"If-Unmodified-Since: Thu, 31 Dec 2099 23:59:59 GMT"], 412, FIVE, "If-Match"),
    R("PUT",    Five,    &[b"If-Match:",        b"If-Unmodified-Since: Thu, 31 Dec 2099 23:59:59 GMT"], 412, FIVE, "If-Match"),
    // Alone it counts, in each of the three forms of a date.
    R("PUT",    Five,    &[b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],    412, FIVE, "If-Unmodified-Since"),
    R("PATCH",  Five,    &[b"If-Unmodified-Since: Tue, 20 Jan 2026 10:00:00 GMT"],    412, FIVE, "If-Unmodified-Since"),
    R("DELETE", Five,    &[b"If-Unmodified-Since: Thu Jan  1 00:00:00 1970"],         412, FIVE, "If-Unmodified-Since"),
    R("PUT",    Five,    &[b"If-Unmodified-Since: Sunday, 06-Nov-94 08:49:37 GMT"],   412, FIVE, "If-Unmodified-Since"),
    R("GET",    Five,    &[b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],    412, FIVE, "If-Unmodified-Since"),
    R("PUT",    Five,    &[b"If-Unmodified-Since: Thu, 31 Dec 2099 23:59:59 GMT"],    200, SIX,  ""),
    R("DELETE", Five,    &[b"If-Unmodified-Since: Thu, 31 Dec 2099 23:59:59 GMT"],    204, "",   ""),
    R("GET",    Missing, &[b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],    404, "",   ""),
    R("DELETE", Missing, &[b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],    404, "",   ""),
    // If-Modified-Since gives way to If-None-Match, and counts on reads alone.
    R("GET",    Five,    &[b"If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],      200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "4""#, b"If-Modified-Since: Thu, 31 Dec 2099 23:59:59 GMT"], 200, FIVE, ""),
    R("GET",    Five,    &[br#"If-None-Match: "5""#, b"If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"], 304, FIVE, ""),
    R("PUT",    Five,    &[b"If-Modified-Since: Thu, 31 Dec 2099 23:59:59 GMT"],      200, SIX,  ""),
    R("PATCH",  Five,    &[b"If-Modified-Since: Thu, 31 Dec 2099 23:59:59 GMT"],      200, SIX,  ""),
    R("DELETE", Five,    &[b"If-Modified-Since: Thu, 31 Dec 2099 23:59:59 GMT"],      204, "",   ""),
    R("GET",    Missing, &[b"If-Modified-Since: Thu, 31 Dec 2099 23:59:59 GMT"],      404, "",   ""),
    // Dates that don't parse, and lists of dates, are ignored.
    R("PUT",    Five,    &[b"If-Unmodified-Since: yesterday"],                        200, SIX,  ""),
    R("PUT",    Five,    &[b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 UTC"],    200, SIX,  ""),
    R("PUT",    Five,    &[b"If-Unmodified-Since: 1970-01-01T00:00:00Z"],             200, SIX,  ""),
    R("PUT",    Five,    &[b"If-Unmodified-Since: \xe9"],                             200, SIX,  ""),
    R("PUT",    Five,    &[b"If-Unmodified-Since:"],                                  200, SIX,  ""),
    R("PUT",    Five,    &[b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
                           b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],    200, SIX,  ""),
    R("GET",    Five,    &[b"If-Modified-Since: tomorrow"],                           200, FIVE, ""),
    R("GET",    Five,    &[b"If-Modified-Since: Thu, 31 Dec 2099 23:59:59 GMT",
                           b"If-Modified-Since: Thu, 31 Dec 2099 23:59:59 GMT"],      200, FIVE, ""),
    // No precondition at all: DELETE left unchecked is one thing, unconditional is another.
    R("GET",    Five,    &[],                                                         200, FIVE, ""),
    R("HEAD",   Five,    &[],                                                         200, FIVE, ""),
    R("PUT",    Five,    &[],                                                         200, SIX,  ""),
    R("PATCH",  Five,    &[],                                                         200, SIX,  ""),
    R("DELETE", Five,    &[],                                                         204, "",   ""),
    R("GET",    Missing, &[],                                                         404, "",   ""),
    R("HEAD",   Missing, &[],                                                         404, "",   ""),
    R("PUT",    Missing, &[],                                                         201, ONE,  ""),
    R("PATCH",  Missing, &[],                                                         404, "",   ""),
    R("DELETE", Missing, &[],                                                         404, "",   ""),
    // A field that is no precondition changes nothing.
    R("PUT",    Five,    &[br#"If-Range: "4""#],                                      200, SIX,  ""),
    R("GET",    Five,    &[br#"ETag: "5""#],                                          200, FIVE, ""),
];

async fn check(row: &Row, kind: Kind, client: &mut Client, wire: &mut Wire) {
    let &Row(method, state, lines, status, tag, field) = row;
    let path = match state {
        Missing => kind.fresh(),
        Five => kind.at(client, 5).await,
    };
    let before = client.send(Call::get(&path)).await;

    let body = kind.body("by this row").to_string();
    let body = matches!(method, "PUT" | "PATCH").then_some(body.as_str());
    let answer = wire.send(method, &path, lines, body).await;
    let after = client.send(Call::get(&path)).await;

    let told = lines
        .iter()
        .map(|line| line.escape_ascii().to_string())
        .collect::<Vec<_>>()
        .join(" | ");
    println!("{method} {kind:?} {state:?} [{told}]");
    answer.assert_status(status);
    assert_eq!(answer.etag().unwrap_or_default(), tag, "{answer:?}");
    match status {
        412 if method != "HEAD" => {
            answer.assert_failed(field, (!tag.is_empty()).then_some(tag));
        }
        400 | 404 if method != "HEAD" => {
            answer.assert_problem(status);
        }
        304 => assert_as_on_the_200(&answer, &before),
        _ => {}
    }
    if matches!(method, "GET" | "HEAD") || status >= 400 {
        assert_eq!(
            (after.status, after.etag(), &after.body),
            (before.status, before.etag(), &before.body)
        );
    } else if method == "DELETE" {
        after.assert_problem(404);
    } else {
        after.assert_status(200).assert_etag(tag);
        assert_eq!(kind.read(&after), "by this row");
    }
}

/// RFC 9110 §15.4.5, and of other metadata of the representation nothing.
fn assert_as_on_the_200(answer: &Answer, before: &Answer) {
    for name in [
        "etag",
        "cache-control",
        "vary",
        "content-location",
        "expires",
    ] {
        assert_eq!(
            answer.field(name),
            before.field(name),
            "{name} in {answer:?}, after {before:?}"
        );
    }
    assert!(answer.field("date").is_some(), "{answer:?}");
    for name in [
        "content-length",
        "content-type",
        "content-encoding",
        "last-modified",
        "transfer-encoding",
    ] {
        assert_eq!(answer.field(name), None, "{name} in {answer:?}");
    }
}

async fn check_all(rows: &[Row]) {
    let server = Server::start().await;
    let mut client = server.client().await;
    let mut wire = server.wire().await;
    for kind in Kind::ALL {
        for row in rows {
            check(row, kind, &mut client, &mut wire).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn if_match_does_what_the_table_says() {
    check_all(IF_MATCH).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn if_none_match_does_what_the_table_says() {
    check_all(IF_NONE_MATCH).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preconditions_are_judged_in_the_order_of_the_rfc() {
    check_all(ORDER).await;
}

/// Guards: `parse::<i64>` matching `"007"`, a used tag coming back with a resource that was made again.
#[tokio::test(flavor = "multi_thread")]
async fn no_tag_of_a_deleted_resource_matches_what_was_made_in_its_place() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 3).await;
        client
            .send(Call::delete(&path).if_match(r#""3""#))
            .await
            .assert_status(204);
        let gone = client
            .send(Call::put(&path, &kind.body("late")).if_match(r#""3""#))
            .await;
        gone.assert_failed("If-Match", None);
        client
            .send(Call::delete(&path).if_match(r#""3""#))
            .await
            .assert_problem(404);

        let again = client
            .send(Call::put(&path, &kind.body("again")).if_none_match("*"))
            .await;
        again.assert_status(201);
        assert!(again.version() > 3, "{again:?}");
        let tag = again.etag().expect("a tag").to_owned();
        for old in 1..again.version() {
            let late = client
                .send(Call::put(&path, &kind.body("late")).if_match(format!("\"{old}\"")))
                .await;
            late.assert_failed("If-Match", Some(&tag));
            let read = client
                .send(Call::get(&path).if_none_match(format!("\"{old}\"")))
                .await;
            read.assert_status(200);
        }
    }
}

/// RFC 9110 §13.2.1: OPTIONS and its like do not involve a representation.
#[tokio::test(flavor = "multi_thread")]
async fn options_ignores_preconditions() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let path = Kind::Model.at(&mut client, 1).await;
    let plain = client.send(Call::new("OPTIONS", &path)).await;
    for tag in [r#""9""#, "9", ""] {
        let conditional = client.send(Call::new("OPTIONS", &path).if_match(tag)).await;
        assert_eq!(conditional.status, plain.status);
    }
    let conditional = client
        .send(Call::new("OPTIONS", &path).if_none_match("*"))
        .await;
    assert_eq!(conditional.status, plain.status);
}
