//! Changing the catalog and the grants.

use super::super::codec::{GrantRecord, PluginRecord, RevisionRecord};
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use crate::domain::{Catalog, Grant, PluginName, PluginVersion};
use crate::ports::{NewVersion, StorageResult};

/// Adds a version, and activates it if asked to; says also whether it is new.
pub fn add_plugin(txn: &mut Txn<'_>, new: NewVersion) -> StorageResult<(PluginVersion, bool)> {
    txn.need_space()?;
    let NewVersion { version, component, activate } = new;
    let mut catalog = txn.catalog()?;
    let name = version.name.clone();
    let count = |catalog: &Catalog| catalog.plugin(&name).map_or(0, |plugin| plugin.versions.len());
    let count_before = count(&catalog);
    let added = catalog.add(version).clone();
    if activate {
        catalog.activate(&name, added.version)?;
    }
    txn.keep(&added.digest, &component)?;
    save(txn, &catalog, &name)?;
    Ok((added, count(&catalog) > count_before))
}

/// Switches the active version.
pub fn activate_plugin(txn: &mut Txn<'_>, name: &PluginName, version: u32) -> StorageResult<()> {
    let mut catalog = txn.catalog()?;
    catalog.activate(name, version)?;
    save(txn, &catalog, name)
}

/// Takes out a plugin with all versions, its grant and the components that no other plugin has.
pub fn remove_plugin(txn: &mut Txn<'_>, name: &PluginName) -> StorageResult<()> {
    let removed = txn.catalog()?.remove(name)?;
    txn.remove(&keys::plugin(name))?;
    txn.remove(&keys::grant(name))?;
    removed.versions.iter().for_each(|version| txn.orphan(version.digest));
    raise_revision(txn)
}

fn save(txn: &mut Txn<'_>, catalog: &Catalog, name: &PluginName) -> StorageResult<()> {
    let Some(plugin) = catalog.plugin(name) else { return Ok(()) };
    let record = PluginRecord { active: plugin.active, versions: plugin.versions.clone() };
    txn.put(&keys::plugin(name), &record)?;
    raise_revision(txn)
}

/// Writes a grant.
pub fn put_grant(txn: &mut Txn<'_>, name: &PluginName, grant: Grant) -> StorageResult<()> {
    txn.put(&keys::grant(name), &GrantRecord(grant))?;
    raise_revision(txn)
}

/// Counts a change of plugins, grants or secrets, which other hosts have to read.
pub(super) fn raise_revision(txn: &mut Txn<'_>) -> StorageResult<()> {
    let number = txn.revision()? + 1;
    txn.put(&keys::revision(), &RevisionRecord { number })
}
