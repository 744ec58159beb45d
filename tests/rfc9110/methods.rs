//! Methods (RFC 9110 §13.2.1): what neither selects nor modifies a representation has no preconditions;
//! what is not known to read is a write.

pub(crate) const TABLE: &str = r#"
    §13.2.1   | OPTIONS  | 5           | If-Match: "4"                                       | perform Any
    §13.2.1   | TRACE    | 5           | If-Match: "4"                                       | perform Any
    §13.2.1   | CONNECT  | 5           | If-Match: "4"                                       | perform Any
    §13.2.1   | OPTIONS  | 5           | If-Match: "5"                                       | perform Any
    §13.2.1   | OPTIONS  | 5           | If-Match: bad                                       | perform Any
    §13.2.1   | TRACE    | 5           | If-Match: bad                                       | perform Any
    §13.2.1   | CONNECT  | 5           | If-Match: bad                                       | perform Any
    §13.2.1   | OPTIONS  | 5           | If-None-Match: *                                    | perform Any
    §13.2.1   | TRACE    | 5           | If-None-Match: "5"                                  | perform Any
    §13.2.1   | CONNECT  | 5           | If-None-Match: bad                                  | perform Any
    §13.2.1   | OPTIONS  | missing     | If-Match: *                                         | perform Any
    §13.2.1   | OPTIONS  | unknown     | If-Match: "5"                                       | perform Any
    §13.2.1   | OPTIONS  | 5 @08:49:37 | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | perform Any
    §13.2.1   | OPTIONS  | 5 @08:49:37 | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT    | perform Any
    §13.2.1   | OPTIONS  | 5           | Range: bytes=0-9 ⏎ If-Range: "4"                    | perform Any
    §13.2.1   | PROPFIND | 5           | If-Match: "5"                                       | perform Exactly(5) by If-Match
    §13.2.1   | PROPFIND | 5           | If-Match: "4"                                       | 412 If-Match
    §13.2.1   | LOCK     | 5           | If-None-Match: *                                    | 412 If-None-Match
    §13.2.1   | QUERY    | 5           | If-None-Match: bad                                  | 400 If-None-Match
    §9.1      | get      | 5           | If-None-Match: "5"                                  | 412 If-None-Match
    §9.1      | options  | 5           | If-Match: "4"                                       | 412 If-Match
    §14.2     | QUERY    | 5           | Range: bytes=0-9 ⏎ If-Range: "4"                    | perform Any
"#;

#[test]
fn methods_that_select_nothing_have_no_preconditions() {
    crate::row::check(TABLE);
}
