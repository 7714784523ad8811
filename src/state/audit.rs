//! Proves the audit chain: that no line of the history was changed, removed or exchanged since it was written. Erased
//! lines prove like all others.

use super::chain::{body_of, digest_of, link_of};
use super::{Chain, Deed, Hash, Line, LineSubject, Seal};

/// Takes the lines of the history in any order, then says whether they are one chain.
#[derive(Debug, Default)]
pub struct Audit {
    sealed: Vec<Sealed>,
    /// Lines without a seal; the last one's place.
    before: u64,
    last_before: Option<(u64, u16)>,
    erased: u64,
    /// Whether a line tells of an erasure.
    told: bool,
}

/// What the chain needs of one line.
#[derive(Debug)]
struct Sealed {
    /// Commit, and place in it.
    at: (u64, u16),
    subject: LineSubject,
    n: u64,
    body: Hash,
    link: Hash,
    /// What is wrong with the line by itself.
    fault: Option<&'static str>,
}

/// A history that is one chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Audited {
    /// Lines in the chain.
    pub lines: u64,
    /// Of these, lines whose words were erased.
    pub erased: u64,
    /// Lines from before the chain began: nothing proves them.
    pub before: u64,
}

impl Audit {
    /// Takes one line: the `n`th of commit `seq`, as its key says.
    pub fn add(&mut self, seq: u64, n: u16, line: &Line) {
        self.told |= line.what == Deed::Erased;
        self.erased += u64::from(line.erased);
        let Some(seal) = line.seal else {
            self.before += 1;
            self.last_before = self.last_before.max(Some((seq, n)));
            return;
        };
        self.sealed.push(Sealed {
            at: (seq, n),
            subject: line.subject,
            n: seal.n,
            body: body_of(line, &seal.digest),
            link: seal.link,
            fault: fault_of(line, &seal),
        });
    }

    /// Proves the chain against its head, the live record.
    ///
    /// # Errors
    /// The first break, in a sentence.
    pub fn prove(&self, head: Option<&Chain>) -> Result<Audited, String> {
        let (mut before, mut next) = (Hash([0; 32]), 0);
        let mut sealed: Vec<&Sealed> = self.sealed.iter().collect();
        sealed.sort_unstable_by_key(|line| line.at);
        for line in sealed {
            if let Some(at) = self.last_before.filter(|at| next == 0 && line.at < *at) {
                return Err(format!("history line {} of commit {} has lost its seal", at.1, at.0));
            }
            if line.n > next {
                let missing = line.n - next;
                return Err(format!("{missing} history lines are missing right before {}", line.name()));
            }
            if line.n < next {
                return Err(format!("{} stands in the place of another", line.name()));
            }
            if let Some(fault) = line.fault {
                return Err(format!("{} {fault}", line.name()));
            }
            if link_of(&before, line.n, &line.body) != line.link {
                return Err(format!("{} was changed after it was written", line.name()));
            }
            (before, next) = (line.link, next + 1);
        }
        let (count, link) = head.map_or((0, Hash([0; 32])), |head| (head.count, head.link));
        if count > next {
            return Err(format!("the last {} history lines are missing", count - next));
        }
        if count < next {
            return Err(format!("the chain's head knows {count} history lines, there are {next}"));
        }
        if link != before {
            return Err("the chain's head is of another history".to_owned());
        }
        if self.erased > 0 && !self.told {
            return Err(format!("{} history lines are erased, but no line tells of an erasure", self.erased));
        }
        Ok(Audited { lines: next, erased: self.erased, before: self.before })
    }
}

impl Sealed {
    fn name(&self) -> String {
        let about = match self.subject {
            LineSubject::Deal(id) => format!(" about {id}"),
            LineSubject::Customer(id) => format!(" about {id}"),
            LineSubject::Action(id) => format!(" about {id}"),
            LineSubject::Workspace => String::new(),
        };
        format!("history line {} of commit {}{about}", self.at.1, self.at.0)
    }
}

/// What is wrong with a line by itself: its words are not those of its digest.
fn fault_of(line: &Line, seal: &Seal) -> Option<&'static str> {
    let has_words = line.text.is_some() || !line.changes.is_empty();
    if line.undone {
        return Some("bears a mark that only the last day's copy may bear");
    }
    match (line.erased, &seal.salt) {
        (true, None) if !has_words => None,
        (true, _) => Some("is marked as erased, but holds words"),
        (false, None) => Some("has lost its salt without being erased"),
        (false, Some(salt)) if digest_of(line, salt) == seal.digest => None,
        (false, Some(_)) => Some("has other words than were written"),
    }
}
