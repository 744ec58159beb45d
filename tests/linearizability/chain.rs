//! The one order of a resource's writes, link by link, as the contents themselves tell it.

use std::collections::HashMap;

use crate::history::{Operation, Outcome, TRAIL, Token, Trail};
use crate::violation::Violation;

/// The tokens of one resource in the order in which they replaced each other.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    pub(crate) tokens: Vec<Token>,
    positions: HashMap<Token, usize>,
}

impl Chain {
    /// Joins all trails that anybody saw. `operations` are those of one key, and the last read
    /// among them is taken for the end.
    ///
    /// # Errors
    /// Two contents that replaced the same one, a content that replaced two, and contents that
    /// were seen and are no part of the history that led to the end.
    pub(crate) fn of(operations: &[&Operation]) -> Result<Self, Violation> {
        let mut parents: HashMap<Token, Option<Token>> = HashMap::new();
        let mut children: HashMap<Option<Token>, Token> = HashMap::new();
        let mut end = None;
        for operation in operations {
            let (Outcome::Read { trail, .. } | Outcome::Written { trail, .. }) = &operation.outcome
            else {
                continue;
            };
            for (token, parent) in links(trail) {
                match children.insert(parent, token) {
                    Some(other) if other != token => {
                        return Err(Violation::LostUpdate {
                            parent,
                            children: [other, token],
                        });
                    }
                    _ => {}
                }
                match parents.insert(token, parent) {
                    Some(other) if other != parent => return Err(Violation::TwoParents { token }),
                    _ => {}
                }
            }
            if matches!(operation.outcome, Outcome::Read { .. }) {
                let ended = operation.ended;
                if end.is_none_or(|(last, _)| last < ended) {
                    end = Some((ended, trail.newest()));
                }
            }
        }
        let mut chain = Self::default();
        let mut next = end.and_then(|(_, newest)| newest);
        while let Some(token) = next {
            if chain.tokens.len() > parents.len() {
                return Err(Violation::Broken { token });
            }
            chain.tokens.push(token);
            let parent = parents.get(&token);
            next = *parent.ok_or(Violation::Broken { token })?;
        }
        chain.tokens.reverse();
        let numbered = chain.tokens.iter().enumerate();
        chain.positions = numbered.map(|(at, token)| (*token, at + 1)).collect();
        match parents
            .keys()
            .find(|token| chain.position(**token).is_none())
        {
            Some(token) => Err(Violation::Vanished { token: *token }),
            None => Ok(chain),
        }
    }

    /// 1 is the first write; 0 is what was before it.
    pub(crate) fn position(&self, token: Token) -> Option<usize> {
        self.positions.get(&token).copied()
    }

    pub(crate) fn position_of(&self, trail: &Trail) -> usize {
        trail
            .newest()
            .and_then(|token| self.position(token))
            .unwrap_or(0)
    }
}

/// Each token with the one that it replaced, as far as the trail tells.
fn links(trail: &Trail) -> impl Iterator<Item = (Token, Option<Token>)> + '_ {
    let tokens = &trail.0;
    tokens.iter().enumerate().filter_map(|(at, token)| {
        let parent = tokens.get(at + 1).copied();
        // What a full trail's last token replaced has been dropped.
        (parent.is_some() || tokens.len() < TRAIL).then_some((*token, parent))
    })
}
