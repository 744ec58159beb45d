//! Several fields in one request (RFC 9110 §13.2.2): which is judged, in which order, and who refuses.

pub(crate) const TABLE: &str = r#"
    §13.2.2   | GET    | 5             | If-Match: "5" ⏎ If-None-Match: "5"               | 304 If-None-Match
    §13.2.2   | GET    | 5             | If-None-Match: "5" ⏎ If-Match: "5"               | 304 If-None-Match
    §13.2.2   | GET    | 5             | If-Match: "4" ⏎ If-None-Match: "5"               | 412 If-Match
    §13.2.2   | GET    | 5             | If-None-Match: "5" ⏎ If-Match: "4"               | 412 If-Match
    §13.2.2   | GET    | 5             | If-Match: "5" ⏎ If-None-Match: "4"               | perform Exactly(5) by If-Match
    §13.2.2   | GET    | 5             | If-Match: * ⏎ If-None-Match: *                   | 304 If-None-Match
    §13.2.2   | PUT    | 5             | If-Match: "5" ⏎ If-None-Match: "5"               | 412 If-None-Match
    §13.2.2   | PUT    | 5             | If-Match: "4" ⏎ If-None-Match: "5"               | 412 If-Match
    §13.2.2   | PUT    | 5             | If-Match: "5" ⏎ If-None-Match: "4"               | perform Exactly(5) by If-Match
    §13.2.2   | PUT    | 5             | If-None-Match: "4" ⏎ If-Match: "5"               | perform Exactly(5) by If-Match
    §13.2.2   | PUT    | 5             | If-Match: * ⏎ If-None-Match: *                   | 412 If-None-Match
    §13.2.2   | PUT    | 5             | If-Match: * ⏎ If-None-Match: "4"                 | perform Exactly(5) by If-Match
    §13.2.2   | PUT    | 5             | If-Match: "5" ⏎ If-None-Match: *                 | 412 If-None-Match
    §13.2.2   | PUT    | 5             | If-Match: "4" ⏎ If-None-Match: "5" ⏎ If-Match: "5" | 412 If-None-Match
    §13.1.4   | PUT    | 5 @08:49:37   | If-Match: "5" ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | perform Exactly(5) by If-Match
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-Match: "5" | perform Exactly(5) by If-Match
    §13.1.4   | PUT    | 5 @08:49:37   | If-Match: "4" ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT | 412 If-Match
    §13.1.4   | PUT    | 5 @08:49:37   | If-Match: * ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT   | perform Exists by If-Match
    §13.1.4   | PUT    | 5 @08:49:37   | If-Match: ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT     | 412 If-Match
    §13.1.4   | GET    | 5 @08:49:37   | If-Match: "5" ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | perform Exactly(5) by If-Match
    §13.1.4   | PUT    | 5 @08:49:37   | If-Match: bad ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT | 400 If-Match
    §13.2.2   | GET    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-None-Match: "5" | 412 If-Unmodified-Since
    §13.2.2   | GET    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-None-Match: "5" | 304 If-None-Match
    §13.2.2   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-None-Match: "5" | 412 If-None-Match
    §13.2.2   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-None-Match: *   | 412 If-None-Match
    §13.2.2   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-None-Match: "4" | perform Exactly(5) by If-Unmodified-Since
    §13.2.2   | PUT    | 5 @08:49:37   | If-Unmodified-Since: yesterday ⏎ If-None-Match: "4"                     | perform Exactly(5) by If-None-Match
    §13.2.2   | PUT    | 5             | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-None-Match: "4" | perform Exactly(5) by If-None-Match
    §13.2.2   | GET    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT | 304 If-Modified-Since
    §13.2.2   | GET    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT | 412 If-Unmodified-Since
    §13.2.2   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT | perform Exactly(5) by If-Unmodified-Since
    §13.2.2   | GET    | 5 @08:49:37   | If-Match: "5" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT        | 304 If-Modified-Since
    §13.2.2   | GET    | 5 @08:49:37   | If-Match: "4" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT        | 412 If-Match
    §13.1.3   | GET    | 5 @08:49:37   | If-None-Match: "4" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT   | perform Exactly(5) by If-None-Match
    §13.1.3   | GET    | 5 @08:49:37   | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-None-Match: "4"   | perform Exactly(5) by If-None-Match
    §13.1.3   | HEAD   | 5 @08:49:37   | If-None-Match: "4" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT   | perform Exactly(5) by If-None-Match
    §13.1.3   | GET    | 5 @08:49:37   | If-None-Match: "5" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT   | 304 If-None-Match
    §13.1.3   | GET    | 5 @08:49:37   | If-None-Match: ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT       | perform Exactly(5) by If-None-Match
    rule 3    | GET    | 5 @08:49:37   | If-None-Match: bad ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT   | 304 If-Modified-Since
    rule 3    | HEAD   | 5 @08:49:37   | If-None-Match: bad ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT   | 304 If-Modified-Since
    rule 3    | GET    | 5 @08:49:37   | If-None-Match: "5", bad ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT | perform Any
    rule 3    | PUT    | 5             | If-Match: "4" ⏎ If-None-Match: bad               | 400 If-None-Match
    rule 3    | PUT    | 5             | If-Match: "5" ⏎ If-None-Match: bad               | 400 If-None-Match
    rule 3    | PUT    | 5             | If-Match: bad ⏎ If-None-Match: bad               | 400 If-Match
    rule 3    | PUT    | 5             | If-Match: bad ⏎ If-None-Match: *                 | 400 If-Match
    rule 3    | GET    | 5             | If-Match: bad ⏎ If-None-Match: "5"               | 400 If-Match
    rule 3    | GET    | 5             | If-Match: "4" ⏎ If-None-Match: bad               | 412 If-Match
    rule 3    | GET    | 5             | If-Match: "5" ⏎ If-None-Match: bad               | perform Exactly(5) by If-Match
    rule 3    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-None-Match: bad | 400 If-None-Match
    rule 3    | PUT    | missing       | If-Match: "5" ⏎ If-None-Match: bad               | 400 If-None-Match
    §13.2.2   | GET    | 5             | If-None-Match: "5" ⏎ Range: bytes=0-9 ⏎ If-Range: "5" | 304 If-None-Match
    §13.2.2   | GET    | 5             | If-None-Match: "5" ⏎ Range: bytes=0-9 ⏎ If-Range: "4" | 304 If-None-Match
    §13.2.2   | GET    | 5             | If-None-Match: "4" ⏎ Range: bytes=0-9 ⏎ If-Range: "4" | perform Exactly(5) by If-None-Match, no Range
    §13.2.2   | GET    | 5             | If-None-Match: "4" ⏎ Range: bytes=0-9 ⏎ If-Range: "5" | perform Exactly(5) by If-None-Match
    §13.2.2   | GET    | 5             | If-Match: "5" ⏎ Range: bytes=0-9 ⏎ If-Range: "4"      | perform Exactly(5) by If-Match, no Range
    §13.2.2   | GET    | 5             | If-Match: "4" ⏎ Range: bytes=0-9 ⏎ If-Range: "5"      | 412 If-Match
    §13.2.2   | GET    | missing       | If-Match: "5" ⏎ Range: bytes=0-9 ⏎ If-Range: "5"      | perform Never by If-Match, no Range
    §13.2.2   | GET    | 5 @08:49:37   | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ Range: bytes=0-9 ⏎ If-Range: "4" | perform Any, no Range
    §13.2.2   | GET    | 5 @08:49:37   | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ Range: bytes=0-9 ⏎ If-Range: "4" | 304 If-Modified-Since
    §13.2.2   | GET    | 5 @08:49:37   | If-Match: "5" ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-None-Match: "4" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Range: "5" ⏎ Range: bytes=0-9 | perform Exactly(5) by If-Match
    §13.2.2   | GET    | 5 @08:49:37   | If-Match: "5" ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-None-Match: "4" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Range: "4" ⏎ Range: bytes=0-9 | perform Exactly(5) by If-Match, no Range
    §13.2.2   | GET    | 5 @08:49:37   | If-Match: "4" ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-None-Match: "5" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Range: "5" ⏎ Range: bytes=0-9 | 412 If-Match
    §13.2.2   | GET    | 5 @08:49:37   | If-Range: "5" ⏎ Range: bytes=0-9 ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-None-Match: W/"5" ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Match: "5" | 304 If-None-Match
    §13.2.2   | PUT    | 5 @08:49:37   | If-Match: "5" ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-None-Match: "4" ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Range: "4" ⏎ Range: bytes=0-9 | perform Exactly(5) by If-Match
"#;

#[test]
fn fields_are_judged_in_the_order_of_13_2_2() {
    crate::row::check(TABLE);
}
