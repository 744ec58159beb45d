//! One resource, one id, one spelling.

use uuid::Uuid;

use crate::client::Call;
use crate::process::Server;
use crate::resource::Kind;

fn percent_encoded(text: &str) -> String {
    let characters = text.bytes().map(|byte| format!("%{byte:02X}"));
    characters.collect::<Vec<_>>().concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_spellings_of_an_id_are_404_on_every_method() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        // An id with letters in it, so that upper case is another spelling.
        let id = Uuid::now_v7().to_string().replace('0', "a");
        let path = format!("{}/{id}", kind.collection());
        client
            .send(Call::put(&path, &kind.body("one")))
            .await
            .assert_status(201);
        let parsed = Uuid::parse_str(&id).expect("still a UUID");
        let spellings = [
            id.to_uppercase(),
            id.replacen('a', "A", 1),
            id.replacen('a', "%41", 1),
            percent_encoded(&id.to_uppercase()),
            parsed.simple().to_string(),
            parsed
                .braced()
                .to_string()
                .replace('{', "%7B")
                .replace('}', "%7D"),
            parsed.urn().to_string(),
            format!("{id}/"),
            format!("{id}%20"),
            format!("%20{id}"),
            format!("{id}%00"),
            format!("{id}0"),
            id[1..].to_owned(),
            "%FF".to_owned(),
            "%".to_owned(),
            "0".to_owned(),
            "not-a-uuid".to_owned(),
            format!("..%2F{}%2F{id}", &kind.collection()[1..]),
        ];
        for spelling in spellings {
            let other = format!("{}/{spelling}", kind.collection());
            for call in [
                Call::get(&other),
                Call::get(&other).if_none_match("*"),
                Call::put(&other, &kind.body("two")),
                Call::put(&other, &kind.body("two")).if_match(r#""1""#),
                Call::put(&other, &kind.body("two")).if_match("*"),
                Call::put(&other, &kind.body("two")).if_none_match("*"),
                Call::patch(&other, &kind.body("two")).if_match(r#""7""#),
                Call::delete(&other),
            ] {
                let answer = client.send(call).await;
                assert_eq!(answer.status, 404, "{other}: {answer:?}");
                answer.assert_problem(404);
            }
        }
        let read = client.send(Call::get(&path)).await;
        read.assert_etag(r#""1""#);
        assert_eq!(kind.read(&read), "one");
    }
}

/// Guards: two spellings of one resource under two keys, the one unguarded by the other's version.
#[tokio::test(flavor = "multi_thread")]
async fn percent_encoded_characters_count_as_the_characters() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        let id = path.rsplit('/').next().expect("an id");
        let spellings = [
            id.replace('-', "%2D"),
            id.replace('-', "%2d"),
            percent_encoded(id),
            percent_encoded(id).to_lowercase(),
            id.replacen('0', "%30", 1),
        ];
        let mut version = 1;
        for spelling in spellings {
            let other = format!("{}/{spelling}", kind.collection());
            let tag = format!("\"{version}\"");
            client
                .send(Call::get(&other))
                .await
                .assert_status(200)
                .assert_etag(&tag);
            client
                .send(Call::get(&other).if_none_match(&tag))
                .await
                .assert_status(304)
                .assert_etag(&tag);
            let stale = Call::put(&other, &kind.body("stale")).if_match(r#""99""#);
            client
                .send(stale)
                .await
                .assert_failed("If-Match", Some(&tag));
            let create = Call::put(&other, &kind.body("stale")).if_none_match("*");
            client
                .send(create)
                .await
                .assert_failed("If-None-Match", Some(&tag));

            let written = client
                .send(Call::put(&other, &kind.body(&spelling)).if_match(&tag))
                .await;
            written.assert_status(200);
            version += 1;
            assert_eq!(written.version(), version);
            assert_eq!(written.json()[kind.id()], id);
            assert_eq!(
                written.field("content-location"),
                Some(path.as_str()),
                "the one spelling"
            );
            let late = Call::put(&path, &kind.body("late")).if_match(&tag);
            client
                .send(late)
                .await
                .assert_failed("If-Match", written.etag());
            assert_eq!(kind.read(&client.send(Call::get(&path)).await), spelling);
        }
        let last = format!("{}/{}", kind.collection(), percent_encoded(id));
        client
            .send(Call::delete(&last).if_match(format!("\"{version}\"")))
            .await
            .assert_status(204);
        client.send(Call::get(&path)).await.assert_problem(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_no_part_of_the_resource() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 2).await;
        let asked = format!("{path}?unknown=1");
        client
            .send(Call::get(&asked).if_none_match(r#""2""#))
            .await
            .assert_status(304);
        let stale = Call::put(&asked, &kind.body("stale")).if_match(r#""1""#);
        client
            .send(stale)
            .await
            .assert_failed("If-Match", Some(r#""2""#));
        client
            .send(Call::put(&asked, &kind.body("new")).if_match(r#""2""#))
            .await
            .assert_etag(r#""3""#);
        client.send(Call::get(&path)).await.assert_etag(r#""3""#);
    }
}
