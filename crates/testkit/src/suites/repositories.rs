//! Repositories and their settings.

use anyhow::Result;
use devos_contracts::RepositoryId;
use devos_contracts::repository::RepositorySettings;
use devos_ports::StoreError;

use super::{Bench, connect, tenant};
use crate::samples::{self, id};

/// A name is taken once in a tenant.
pub async fn names_are_unique(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 11, "shop").await?;
    let desk = connect(bench, &scope, 10, "desk").await?;
    let mut tx = bench.store().begin(&scope).await?;
    assert_eq!(tx.repositories().await?, [desk, shop.clone()]);
    assert_eq!(tx.repository(shop.id).await?, Some(shop.clone()));
    assert_eq!(tx.repository_by_name("shop").await?, Some(shop));
    assert_eq!(tx.repository(RepositoryId(id(99))).await?, None);
    assert_eq!(tx.repository_by_name("Shop").await?, None);
    let taken = tx.add_repository(&samples::repository(12, "shop")).await;
    assert!(matches!(taken, Err(StoreError::Duplicate(what)) if what.contains("shop")));
    Ok(())
}

/// Settings change only for whoever knows the present version.
pub async fn settings_have_versions(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let shop = connect(bench, &scope, 10, "shop").await?;
    let stricter = RepositorySettings { max_files: 3, ..shop.settings.clone() };
    let mut tx = bench.store().begin(&scope).await?;
    tx.put_settings(shop.id, 1, &stricter, "owner@example.com").await?;
    tx.commit().await?;

    let mut tx = bench.store().begin(&scope).await?;
    let stale = tx.put_settings(shop.id, 1, &shop.settings, "owner@example.com").await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let unknown = tx.put_settings(RepositoryId(id(99)), 1, &shop.settings, "owner@example.com").await;
    assert!(matches!(unknown, Err(StoreError::Stale)), "{unknown:?}");
    let now = tx.repository(shop.id).await?.ok_or_else(|| anyhow::anyhow!("gone"))?;
    assert_eq!((now.settings, now.settings_version), (stricter, 2));
    Ok(())
}

/// A service belongs to the repository that lists it, or that has its name and lists none.
pub async fn services_lead_to_repositories(bench: &dyn Bench) -> Result<()> {
    let scope = tenant(bench).await?;
    let mut listing = samples::repository(10, "monolith");
    listing.services = vec!["cart".to_owned(), "checkout".to_owned()];
    let mut tx = bench.store().begin(&scope).await?;
    tx.add_repository(&listing).await?;
    tx.commit().await?;
    let named = connect(bench, &scope, 11, "search").await?;

    let mut tx = bench.store().begin_ingest(&scope).await?;
    assert_eq!(tx.repository_of_service("checkout").await?, Some(listing.id));
    assert_eq!(tx.repository_of_service("search").await?, Some(named.id));
    assert_eq!(tx.repository_of_service("monolith").await?, None, "it lists others");
    assert_eq!(tx.repository_of_service("unknown").await?, None);
    let known = [&listing, &named].map(|known| (known.id, known.name.clone(), known.remote.clone()));
    assert_eq!(tx.repositories_by_age().await?, known);
    Ok(())
}
