//! The grammar of a list of entity-tags (RFC 9110 §5.6.1, §8.8.3), seen through If-Match of a PUT:
//! 400 is what the grammar forbids, 412 what it allows and what does not match.

pub(crate) const TABLE: &str = r#"
    §5.6.1.2  | PUT | 5 | If-Match: "5",                  | perform Exactly(5) by If-Match
    §5.6.1.2  | PUT | 5 | If-Match: ,"5"                  | perform Exactly(5) by If-Match
    §5.6.1.2  | PUT | 5 | If-Match: , , ,"5",,            | perform Exactly(5) by If-Match
    §5.6.1.2  | PUT | 5 | If-Match: "4",,"5"              | perform Exactly(5) by If-Match
    §5.6.1.2  | PUT | 5 | If-Match: "4" , ,"6"            | 412 If-Match
    §5.6.1.2  | PUT | 5 | If-Match: ,   ,                 | 412 If-Match
    §5.6.1.2  | PUT | 5 | If-Match: ,,,,,,,,,,,,,,,,      | 412 If-Match
    §5.6.1.2  | PUT | 5 | If-Match: ⏎ If-Match:           | 412 If-Match
    §5.6.1.2  | PUT | 5 | If-Match: "5" ⏎ If-Match:       | perform Exactly(5) by If-Match
    §5.6.1.2  | PUT | 5 | If-Match: "5", ⏎ If-Match: ,"6" | perform Exactly(5) by If-Match
    §5.6.3    | PUT | 5 | If-Match: "4","5"               | perform Exactly(5) by If-Match
    §5.6.3    | PUT | 5 | If-Match: "4" ,"5"              | perform Exactly(5) by If-Match
    §5.6.3    | PUT | 5 | If-Match: "4"␉,␉"5"             | perform Exactly(5) by If-Match
    §5.6.3    | PUT | 5 | If-Match: "4" ␉ , ␉ "5" ␉       | perform Exactly(5) by If-Match
    §5.6.3    | PUT | 5 | If-Match: ␠                     | 412 If-Match
    §5.6.3    | PUT | 5 | If-Match: ␉␠␉                   | 412 If-Match
    §5.6.1    | PUT | 5 | If-Match: "4" "5"               | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: "4""5"                | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: "4"; "5"              | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: "5";q=1               | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: "5"x                  | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: x"5"                  | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: "5",x,"6"             | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: "5" x                 | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: "5" *                 | 400 If-Match
    §5.6.1    | PUT | 5 | If-Match: "5" W/"6"             | 400 If-Match
    §5.3      | PUT | 5 | If-Match: "5 ⏎ If-Match: 6"     | 400 If-Match
    §5.3      | PUT | 5 | If-Match: " ⏎ If-Match: "       | 400 If-Match
    §5.3      | PUT | 5 | If-Match: W/ ⏎ If-Match: "5"    | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W/"xyzzy"             | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: W/""                  | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: w/"5"                 | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W"5"                  | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W/5                   | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W/                    | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W                     | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W/ "5"                | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W /"5"                | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W/W/"5"               | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: W/*                   | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: /"5"                  | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "W/5"                 | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: "W/"5""               | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "                     | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: """                   | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: ""5""                 | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: 5"                    | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: '5'                   | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: «5                    | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: xyzzy                 | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: null                  | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: " 5"                  | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "5 "                  | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "a b"                 | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "5␉"                  | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "5", "a b"            | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "a,5"                 | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: "a,5,b", "5"          | perform Exactly(5) by If-Match
    §8.8.3    | PUT | 5 | If-Match: ","                   | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: ",", "5", ","         | perform Exactly(5) by If-Match
    §8.8.3    | PUT | 5 | If-Match: "x,","5","y"          | perform Exactly(5) by If-Match
    §8.8.3    | PUT | 5 | If-Match: "4,"5",6"             | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "\"                   | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: "\5"                  | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: "\", "5"              | perform Exactly(5) by If-Match
    §8.8.3    | PUT | 5 | If-Match: "\"5"                 | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "!#$%&'()*+,-./"      | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: ":;<=>?@[\]^_`{}~"    | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: "é"                   | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: "é", "5"              | perform Exactly(5) by If-Match
    §8.8.3    | PUT | 5 | If-Match: "5", W/"ÿ", ""       | perform Exactly(5) by If-Match
    §8.8.3    | PUT | 5 | If-Match: "5é"                  | 412 If-Match
    §8.8.3    | PUT | 5 | If-Match: é                     | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "5", é                | 400 If-Match
    §8.8.3    | PUT | 5 | If-Match: "5"é                  | 400 If-Match
"#;

#[test]
fn the_list_grammar_is_taken_to_the_letter() {
    crate::row::check(TABLE);
}
