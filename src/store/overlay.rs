//! What is committed but not yet durable in the tree: read before it. Two layers, so that commits go on while the lower
//! one is being settled.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::keys::{as_slice, is_empty};
use super::tree::{Mark, Tree};
use super::tree_error::TreeError;
use super::{Key, Order, Page, Value};

/// What a change costs in memory beside its bytes, roughly.
const BESIDE: usize = 96;

/// Changes, the last of each key, and the mark that they lead to.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) changes: BTreeMap<Key, Option<Value>>,
    pub(super) mark: Mark,
    bytes: usize,
}

/// The layers over a tree.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    fresh: Option<Layer>,
    settling: Option<Arc<Layer>>,
}

impl Layer {
    fn new(mark: Mark) -> Self {
        Self { changes: BTreeMap::new(), mark, bytes: 0 }
    }

    fn put(&mut self, key: Key, value: Option<Value>) {
        let cost =
            |key: &Key, value: &Option<Value>| BESIDE + key.0.len() + value.as_ref().map_or(0, Vec::len);
        self.bytes += cost(&key, &value);
        let key_cost = key.0.len();
        if let Some(old) = self.changes.insert(key, value) {
            self.bytes -= BESIDE + key_cost + old.map_or(0, |old| old.len());
        }
    }
}

impl Overlay {
    /// Takes over a commit.
    pub(super) fn put(&mut self, changes: impl IntoIterator<Item = (Key, Option<Value>)>, mark: Mark) {
        let fresh = self.fresh.get_or_insert_with(|| Layer::new(mark.clone()));
        for (key, value) in changes {
            fresh.put(key, value);
        }
        fresh.mark = mark;
    }

    /// The last commit in it.
    pub(super) fn upto(&self) -> Option<u64> {
        self.layers().next().map(|layer| layer.mark.head.seq)
    }

    /// The bytes that lie here and not in the tree.
    pub(super) fn debt(&self) -> usize {
        let settling = self.settling.as_ref().map_or(0, |layer| layer.bytes);
        settling + self.fresh.as_ref().map_or(0, |layer| layer.bytes)
    }

    /// Whether commits came since the last [`Overlay::freeze`].
    pub(super) fn has_fresh(&self) -> bool {
        self.fresh.is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fresh.is_none() && self.settling.is_none()
    }

    /// The layer to settle next; the same again until it [is settled](Overlay::settled).
    pub(super) fn freeze(&mut self) -> Option<Arc<Layer>> {
        if self.settling.is_none() {
            self.settling = self.fresh.take().map(Arc::new);
        }
        self.settling.clone()
    }

    /// The frozen layer is durable in the tree.
    pub(super) fn settled(&mut self) {
        self.settling = None;
    }

    /// What the layers say of a key: `None` nothing, so that the tree is to be asked.
    pub(super) fn get(&self, key: &Key) -> Option<Option<&Value>> {
        self.layers().find_map(|layer| layer.changes.get(key)).map(Option::as_ref)
    }

    fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.fresh.iter().chain(self.settling.as_deref())
    }

    /// One page of pairs, of layers and tree together.
    pub(super) fn page(&self, tree: &Tree, page: &Page<'_>) -> Result<Vec<(Key, Value)>, TreeError> {
        let (from, to) = page.bounds();
        let (from, to) = (as_slice(&from), as_slice(&to));
        let mut pairs = Vec::new();
        let mut take = |key: &Key, value: Value| {
            pairs.push((key.clone(), value));
            Ok::<_, TreeError>(pairs.len() < page.limit)
        };
        // What the layers have is being settled, or will be: the tree's own word on it does not count.
        let over: &dyn Fn(&Key) -> bool = &|key| self.get(key).is_some();
        if page.limit > 0 {
            match page.order {
                Order::OldestFirst => {
                    self.merge(tree.range_but(from, to, over), from, to, false, &mut take)?
                }
                Order::NewestFirst => {
                    self.merge(tree.range_but(from, to, over).rev(), from, to, true, &mut take)?
                }
            }
        }
        Ok(pairs)
    }

    /// Hands every pair between the bounds to `each` in ascending key order.
    pub(super) fn scan<E: From<TreeError>>(
        &self,
        tree: &Tree,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        each: &mut dyn FnMut(&Key, Value) -> Result<bool, E>,
    ) -> Result<(), E> {
        self.merge(tree.range_but(from, to, &|key| self.get(key).is_some()), from, to, false, each)
    }

    /// Merges what the tree gives, without the keys that the layers have, with the layers; `each` says whether to go on.
    fn merge<E: From<TreeError>>(
        &self,
        mut tree: impl Iterator<Item = Result<(Key, Value), TreeError>>,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        descending: bool,
        each: &mut dyn FnMut(&Key, Value) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut over = BTreeMap::new();
        for layer in self.settling.as_deref().into_iter().chain(&self.fresh) {
            if !is_empty(&from, &to) {
                over.extend(layer.changes.range::<[u8], _>((from, to)));
            }
        }
        let mut over: Box<dyn Iterator<Item = (&Key, &Option<Value>)>> =
            if descending { Box::new(over.into_iter().rev()) } else { Box::new(over.into_iter()) };
        let (mut below, mut above) = (tree.next().transpose()?, over.next());
        loop {
            let comes_first = match (&below, &above) {
                (None, None) => return Ok(()),
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((below, _)), Some((above, _))) => (below < above) != descending,
            };
            if comes_first {
                if let Some((key, value)) = below.take()
                    && !each(&key, value)?
                {
                    return Ok(());
                }
                below = tree.next().transpose()?;
                continue;
            }
            let Some((key, value)) = above else { return Ok(()) };
            if let Some(value) = value
                && !each(key, value.clone())?
            {
                return Ok(());
            }
            above = over.next();
        }
    }
}
