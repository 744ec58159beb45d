//! If-Unmodified-Since (RFC 9110 §13.1.4): any method, by the second; a write that passes is pinned.

pub(crate) const TABLE: &str = r#"
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Exactly(5) by If-Unmodified-Since
    §13.1.4   | PATCH  | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:38 GMT  | perform Exactly(5) by If-Unmodified-Since
    §13.1.4   | DELETE | 5 @08:49:37   | If-Unmodified-Since: Tue, 01 Jan 2030 00:00:00 GMT  | perform Exactly(5) by If-Unmodified-Since
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | 412 If-Unmodified-Since
    §13.1.4   | DELETE | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | 412 If-Unmodified-Since
    §13.1.4   | POST   | 5 @08:49:37   | If-Unmodified-Since: Sat, 29 Oct 1994 19:43:31 GMT  | 412 If-Unmodified-Since
    §13.1.4   | GET    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Exactly(5) by If-Unmodified-Since
    §13.1.4   | GET    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | 412 If-Unmodified-Since
    §13.1.4   | HEAD   | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sunday, 06-Nov-94 08:49:37 GMT | perform Exactly(5) by If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sunday, 06-Nov-94 08:49:36 GMT | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun Nov  6 08:49:37 1994       | perform Exactly(5) by If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun Nov  6 08:49:36 1994       | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT  | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Fri, 31 Dec 9999 23:59:59 GMT  | perform Exactly(5) by If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Mon, 01 Jan 1900 00:00:00 GMT  | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Wed, 31 Dec 1969 23:59:59 GMT  | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Thu, 30 Jun 1994 23:59:60 GMT  | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Friday, 06-Nov-43 08:49:36 GMT | perform Exactly(5) by If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Tuesday, 06-Nov-45 08:49:36 GMT | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sunday, 06-Nov-44 08:49:36 GMT | perform Exactly(5) by If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Saturday, 06-Nov-93 08:49:36 GMT | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Mon, 06 Nov 1994 08:49:36 GMT  | 412 If-Unmodified-Since
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Thu, 30 Jun 1994 22:59:60 GMT  | perform Any
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Tue, 29 Feb 1994 08:49:36 GMT  | perform Any
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 00 Nov 1994 08:49:36 GMT  | perform Any
    §5.6.7    | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 6 Nov 1994 08:49:36 GMT   | perform Any
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: "5"                            | perform Any
    rule 11   | PUT    | 5 @08:49:37.9 | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Exactly(5) by If-Unmodified-Since
    rule 11   | PUT    | 5 @08:49:37.9 | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT  | 412 If-Unmodified-Since
    rule 11   | PUT    | 5 @08:49:38   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | 412 If-Unmodified-Since
    §13.1.4   | PUT    | 5             | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Any
    §13.1.4   | GET    | 5             | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT  | perform Any
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: yesterday                      | perform Any
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since:                                | perform Any
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: 0                              | perform Any
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 gmt  | perform Any
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMTé | perform Any
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT, Sun, 06 Nov 1994 08:49:36 GMT | perform Any
    §13.1.4   | PUT    | 5 @08:49:37   | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT ⏎ If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT | perform Any
"#;

#[test]
fn if_unmodified_since_pins_the_version_it_saw() {
    crate::row::check(TABLE);
}
