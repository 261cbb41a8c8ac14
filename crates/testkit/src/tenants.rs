//! Tenants beside the bootstrapped one, and people in every role; the product itself makes only the first of each.

use anyhow::{Context, Result};
use devos_contracts::scope::Role;
use devos_contracts::{Scope, TenantId, UserId};
use devos_postgres::Inspection;
use uuid::Uuid;

use crate::Database;

/// Every role, strongest first.
const ROLES: [Role; 5] = [Role::Owner, Role::Admin, Role::Maintainer, Role::Reviewer, Role::Viewer];

/// A person in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub user: UserId,
    /// Their role.
    pub role: Role,
    /// Their address, `{role}@{tenant}.example`.
    pub email: String,
}

/// A tenant with one person in each role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The tenant, as the platform itself.
    pub scope: Scope,
    /// Its people, one of each role.
    pub members: Vec<Member>,
}

impl Tenant {
    /// Adds a tenant; its name is one lower-case word.
    pub async fn found(database: &Database, name: &str) -> Result<Self> {
        let mut db = Inspection::open(database.superuser_url()).await?;
        let made = db.rows("INSERT INTO tenants (name) VALUES ($1) RETURNING tenant_id", &[name]).await?;
        let tenant = made.first().and_then(|row| row["tenant_id"].as_i64()).context("the tenant's id")?;
        let mut members = Vec::new();
        for role in ROLES {
            members.push(join(&mut db, tenant, name, role).await?);
        }
        Ok(Self { scope: Scope::system(TenantId(tenant)), members })
    }

    /// The person in a role.
    pub fn member(&self, role: Role) -> &Member {
        let found = self.members.iter().find(|member| member.role == role);
        found.unwrap_or_else(|| unreachable!("every role has its person"))
    }
}

async fn join(db: &mut Inspection, tenant: i64, name: &str, role: Role) -> Result<Member> {
    let word = serde_json::to_value(role)?.as_str().unwrap_or_default().to_owned();
    let member = Member { user: UserId(Uuid::now_v7()), role, email: format!("{word}@{name}.example") };
    let user = member.user.to_string();
    db.run("INSERT INTO users (id, email) VALUES ($1::uuid, $2)", &[&user, &member.email]).await?;
    let membership = "INSERT INTO memberships (tenant_id, user_id, role) VALUES ($1::bigint, $2::uuid, $3)";
    db.run(membership, &[&tenant.to_string(), &user, &word]).await?;
    Ok(member)
}
