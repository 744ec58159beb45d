//! If-Range (RFC 9110 §13.1.5): GET with Range alone, exact and strong; where it fails, no Range.

pub(crate) const TABLE: &str = r#"
    §14.2     | GET  | 5                          | Range: bytes=0-9                                             | perform Any
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "5"                             | perform Any
    §13.1.5   | GET  | 5                          | If-Range: "5" ⏎ Range: bytes=0-9                             | perform Any
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "4"                             | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: W/"5"                           | perform Any, no Range
    §13.1.5   | GET  | 5 +weakened                | Range: bytes=0-9 ⏎ If-Range: W/"5"                           | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "05"                            | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: 5                               | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "5                              | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "5"x                            | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "5",                            | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "5", "5"                        | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: *                               | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range:                                 | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: é                               | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "5" ⏎ If-Range: "5"             | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: "4" ⏎ If-Range: "5"             | perform Any, no Range
    §5.5      | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: ␠"5"␉                           | perform Any
    §13.1.5   | GET  | 5                          | If-Range: "4"                                                | perform Any
    §13.1.5   | GET  | 5                          | If-Range: bad                                                | perform Any
    §13.1.5   | HEAD | 5                          | Range: bytes=0-9 ⏎ If-Range: "4"                             | perform Any
    §13.1.5   | PUT  | 5                          | Range: bytes=0-9 ⏎ If-Range: "4"                             | perform Any
    §13.1.5   | POST | 5                          | Range: bytes=0-9 ⏎ If-Range: "5" ⏎ If-Range: bad             | perform Any
    §13.1.5   | GET  | 5 @08:49:37                | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT   | perform Any
    §13.1.5   | GET  | 5 @08:49:37                | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:38 GMT   | perform Any, no Range
    §13.1.5   | GET  | 5 @08:49:37                | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:36 GMT   | perform Any, no Range
    §5.6.7    | GET  | 5 @08:49:37                | Range: bytes=0-9 ⏎ If-Range: Sunday, 06-Nov-94 08:49:37 GMT  | perform Any
    §5.6.7    | GET  | 5 @08:49:37                | Range: bytes=0-9 ⏎ If-Range: Sun Nov  6 08:49:37 1994        | perform Any
    §5.6.7    | GET  | 5 @08:49:37                | Range: bytes=0-9 ⏎ If-Range: yesterday                       | perform Any, no Range
    rule 11   | GET  | 5 @08:49:37.9              | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT   | perform Any
    §8.8.2.2  | GET  | 5 @08:49:37.2 now=08:49:37.9 | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT | perform Any, no Range
    §8.8.2.2  | GET  | 5 @08:49:37 now=08:49:37   | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT   | perform Any, no Range
    §8.8.2.2  | GET  | 5 @08:49:37.2 now=08:49:38 | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT   | perform Any
    §8.8.2.2  | GET  | 5 @08:49:37 now=08:49:36   | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT   | perform Any, no Range
    §13.1.5   | GET  | 5                          | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT   | perform Any, no Range
    §13.1.5   | GET  | 5 @08:49:37                | Range: bytes=0-9 ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Range: Sun, 06 Nov 1994 08:49:37 GMT | perform Any, no Range
    §13.1.5   | GET  | 5 @08:49:37                | Range: bytes=0-9 ⏎ If-Range: "5", Sun, 06 Nov 1994 08:49:37 GMT | perform Any, no Range
    §13.1.5   | GET  | missing                    | Range: bytes=0-9 ⏎ If-Range: "5"                             | perform Any, no Range
    §13.1.5   | GET  | unknown                    | Range: bytes=0-9 ⏎ If-Range: "5"                             | perform Any, no Range
"#;

#[test]
fn if_range_is_exact_and_strong() {
    crate::row::check(TABLE);
}
