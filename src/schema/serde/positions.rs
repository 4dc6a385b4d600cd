//! A set of positions of columns or variables.

/// Which columns of a row, or variables of a module, a text had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Positions([u64; 4]);

impl Positions {
    /// How many positions there can be.
    #[cfg(test)]
    pub(super) const LIMIT: usize = 256;

    /// Puts a position in. Whether it is new.
    pub(crate) fn insert(&mut self, position: usize) -> bool {
        let new = !self.contains(position);
        if let Some(word) = self.0.get_mut(position / 64) {
            *word |= 1 << (position % 64);
        }
        new
    }

    /// Whether a position is in it.
    pub(crate) fn contains(self, position: usize) -> bool {
        self.0.get(position / 64).is_some_and(|word| word & (1 << (position % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Module, Table};

    #[test]
    fn there_is_room_for_all() {
        for table in Table::ALL {
            assert!(table.spec().columns.len() <= Positions::LIMIT, "{table:?}");
        }
        for module in Module::ALL {
            assert!(module.specs().len() <= Positions::LIMIT, "{module}");
        }
        let mut positions = Positions::default();
        assert!(positions.insert(Positions::LIMIT - 1) && !positions.insert(Positions::LIMIT - 1));
        assert!(positions.contains(Positions::LIMIT - 1) && !positions.contains(0));
    }
}
