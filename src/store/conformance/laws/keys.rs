//! Keys of all kinds, and many of them.

use crate::{
    store::conformance::{
        poll::{Local, join_all},
        trial::{Finding, Trial, Verdict, ensure},
    },
    version::Version,
};

pub(super) async fn strange_keys(trial: Trial<'_>) -> Verdict {
    let mut keys: Vec<Vec<u8>> = names().iter().map(|name| trial.named(name)).collect();
    // Shorter than a name of this run, and nobody else's: the one key that may have been seen.
    keys.push(Vec::new());
    keys.retain(|key| trial.store.has_key(key));
    ensure!(!keys.is_empty(), "there is no key at all");

    let mut versions = Vec::with_capacity(keys.len());
    for key in &keys {
        let name = key.escape_ascii();
        if !key.is_empty() {
            let current = trial.current(key).await?.version();
            ensure!(
                current.is_none(),
                "\"{name:.80}\" had {current:?} before it was written"
            );
        }
        versions.push(trial.write(key).await?);
    }
    for (key, version) in keys.iter().zip(versions) {
        let name = key.escape_ascii();
        let current = trial.current(key).await?.version();
        let is_own = current == Some(version);
        ensure!(is_own, "\"{name:.80}\" had {current:?} and not {version}");
        let next = trial.write(key).await?;
        ensure!(
            next > version,
            "{next} came after {version} for \"{name:.80}\""
        );
    }
    Ok(())
}

/// What a store might take for one another: by cutting keys, ending them early, decoding,
/// folding, normalising or trimming them.
fn names() -> Vec<Vec<u8>> {
    const LONG: usize = 8192;
    let short: [&[u8]; 26] = [
        b"",
        b"\0",
        b"\0\0",
        b"a",
        b"A",
        b"a\0",
        b"a\0b",
        b"ab",
        b"abc",
        b"a ",
        b" a",
        b"a\n",
        b"a\r\n",
        b"a/",
        b"a//",
        b"'",
        b"\"",
        b"\\",
        b"\\x61",
        b"_",
        b"*",
        "\u{e9}".as_bytes(),
        "e\u{301}".as_bytes(),
        b"\xff",
        b"\xfe",
        b"\xc3\x28",
    ];
    let mut names: Vec<Vec<u8>> = short.iter().map(|name| name.to_vec()).collect();
    names.push("\u{fffd}".into());
    names.push(b"%61".to_vec());
    names.push(vec![b'k'; LONG - 1]);
    for last in [b'k', b'l', 0] {
        let mut name = vec![b'k'; LONG];
        name[LONG - 1] = last;
        names.push(name);
    }
    names
}

pub(super) async fn many_keys(trial: Trial<'_>) -> Verdict {
    const AT_ONCE: usize = 32;
    let (trial, count) = (&trial, trial.limits.many_keys);
    let keys: Vec<Vec<u8>> = (0..count).map(|_| trial.key()).collect();
    let witness = trial.key();
    let (version, step) = trial.two_versions(&witness).await?;

    let mut written = Vec::with_capacity(count);
    for some in keys.chunks(AT_ONCE) {
        let write = |key| -> Local<'_, Verdict<Version>> { Box::pin(trial.write(key)) };
        for version in join_all(some.iter().map(|key| write(key)).collect(), 0).await {
            written.push(version?);
        }
    }
    let next = trial.write(&witness).await?;
    let raised = next.get().wrapping_sub(version.get());
    ensure!(
        raised == step,
        "{next} came after {version} when {count} others were written"
    );

    for (some, versions) in keys.chunks(AT_ONCE).zip(written.chunks(AT_ONCE)) {
        let look = |key| -> Local<'_, Verdict<_>> { Box::pin(trial.current(key)) };
        let current = join_all(some.iter().map(|key| look(key)).collect(), 0).await;
        for (current, version) in current.into_iter().zip(versions) {
            let current = current?.version();
            if current != Some(*version) {
                let seen = format!("a key of {version} was {current:?} after {count} others");
                return Err(Finding::Broken(seen));
            }
        }
    }
    Ok(())
}
