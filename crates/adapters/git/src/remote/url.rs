//! A remote behind a network.

use std::sync::Arc;

use devos_contracts::CommitId;

use super::{Refs, call, read_heads};
use crate::command::Answer;
use crate::{Environment, GitError, Mirror, credentials};

#[derive(Debug)]
pub(super) struct UrlRepository {
    environment: Arc<Environment>,
    url: String,
}

impl UrlRepository {
    pub(super) fn new(environment: Arc<Environment>, url: String) -> Self {
        Self { environment, url }
    }

    pub(super) async fn refs(&self) -> Result<Refs, GitError> {
        let call = call(&self.environment, "ls-remote").timeout(self.environment.network_timeout);
        let args = ["--quiet", "--symref", "--", &self.url, "HEAD", "refs/heads/*"];
        let text = self.reached(call.args(args).run().await?)?.text()?;
        let symbolic = text.lines().find_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"));
        Ok(Refs { default_branch: symbolic.map(str::to_owned), heads: read_heads(&text) })
    }

    pub(super) async fn fetch(&self, mirror: &Mirror) -> Result<(), GitError> {
        let call = mirror.call("fetch").timeout(self.environment.network_timeout);
        let options = ["--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--"];
        let references = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        let args = options.into_iter().chain([self.url.as_str()]).chain(references);
        self.reached(call.args(args).run().await?)?;
        Ok(())
    }

    pub(super) async fn push(
        &self,
        mirror: &Mirror,
        branch: &str,
        commit: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<(), GitError> {
        let refspec = format!("{commit}:refs/heads/{branch}");
        self.update(mirror, branch, &refspec, expected.map_or("", CommitId::as_str)).await
    }

    pub(super) async fn delete(&self, mirror: &Mirror, branch: &str, expected: &CommitId) -> Result<(), GitError> {
        self.update(mirror, branch, &format!(":refs/heads/{branch}"), expected.as_str()).await
    }

    async fn update(&self, mirror: &Mirror, branch: &str, refspec: &str, expected: &str) -> Result<(), GitError> {
        let lease = format!("--force-with-lease=refs/heads/{branch}:{expected}");
        let call = mirror.call("push").timeout(self.environment.network_timeout);
        let options = ["--porcelain", "--no-verify", "--no-recurse-submodules", &lease, "--", &self.url, refspec];
        let answer = call.args(options).run().await?;
        if answer.code() == 0 {
            return Ok(());
        }
        let report = credentials::strip(&String::from_utf8_lossy(&answer.stdout));
        match report.lines().find_map(|line| line.strip_prefix('!')) {
            Some(line) if line.contains("[rejected]") => {
                Err(GitError::Stale(format!("the branch {branch} moved at the remote")))
            }
            Some(line) => {
                let reason = line.rsplit('\t').next().unwrap_or_default().trim();
                Err(GitError::Refused(format!("{reason}; {}", answer.stderr).trim_end_matches("; ").to_owned()))
            }
            None => self.reached(answer).map(|_| ()),
        }
    }

    /// A call over the network that fails could not reach the remote, or not read it.
    fn reached(&self, answer: Answer) -> Result<Answer, GitError> {
        if answer.code() == 0 {
            return Ok(answer);
        }
        let shown = credentials::strip(&self.url);
        Err(GitError::Unreachable(format!("{shown}: {}", answer.stderr)))
    }
}
