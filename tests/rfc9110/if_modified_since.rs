//! If-Modified-Since (RFC 9110 §13.1.3): reads alone, by the second.

pub(crate) const TABLE: &str = r#"
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | 304 If-Modified-Since
    §13.1.3   | HEAD | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | 304 If-Modified-Since
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | perform Any
    §13.1.3   | HEAD | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:38 GMT  | 304 If-Modified-Since
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT  | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT  | 304 If-Modified-Since
    §5.6.7    | GET  | 5 @08:49:37                  | If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT | 304 If-Modified-Since
    §5.6.7    | GET  | 5 @08:49:37                  | If-Modified-Since: Sunday, 06-Nov-94 08:49:36 GMT | perform Any
    §5.6.7    | GET  | 5 @08:49:37                  | If-Modified-Since: Sun Nov  6 08:49:37 1994       | 304 If-Modified-Since
    §5.6.7    | GET  | 5 @08:49:37                  | If-Modified-Since: Sun Nov  6 08:49:36 1994       | perform Any
    §5.5      | GET  | 5 @08:49:37                  | If-Modified-Since: ␉Sun, 06 Nov 1994 08:49:37 GMT␠ | 304 If-Modified-Since
    rule 11   | GET  | 5 @08:49:37.9                | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | 304 If-Modified-Since
    rule 11   | GET  | 5 @08:49:37.9                | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | perform Any
    rule 11   | GET  | 5 @08:49:38                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Any
    §13.1.3   | GET  | 5                            | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: yesterday                      | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since:                                | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: 1994-11-06T08:49:37Z           | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37      | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 UTC  | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMTé | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 32 Nov 1994 08:49:37 GMT  | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 24:49:37 GMT  | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: "5"                            | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: *                              | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT | perform Any
    §13.1.3   | GET  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-Modified-Since: yesterday | perform Any
    §13.1.3   | PUT  | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Any
    §13.1.3   | POST | 5 @08:49:37                  | If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | perform Any
    §13.1.3   | DELETE | 5 @08:49:37                | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Any
"#;

#[test]
fn if_modified_since_is_judged_by_the_second() {
    crate::row::check(TABLE);
}
