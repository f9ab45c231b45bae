//! Everything that a spec reaches, also to check and to revoke its token: the sources that it may
//! open, and the URLs to which it may send a request.

use super::{Provider, Revocation};
use crate::grant::Grant;
use crate::grant::template::Template;
use crate::grant::url::Url;
use crate::source::Source;

impl Provider {
    /// The requests that the spec describes itself.
    fn templates(&self) -> Vec<&Template<Source>> {
        let mut templates = Vec::new();
        match &self.grant {
            Grant::OAuth(_) => {}
            Grant::Http(template, _) => templates.push(template),
            Grant::KeptToken(kept) => {
                templates.extend([&kept.create, &kept.revoke, &kept.list.template]);
                templates.extend(&kept.verify);
            }
            Grant::StaticToken(stored) => {
                templates.extend(stored.metadata.iter().map(|metadata| &metadata.template));
            }
        }
        templates.extend(self.check.iter().map(|check| &check.template));
        if let Some(Revocation::Request(template)) = &self.revocation {
            templates.push(template);
        }
        templates
    }

    /// Calls `visit` with every source, also those of `check` and `revoke`. Some come twice.
    pub fn walk_all_sources(&self, visit: &mut dyn FnMut(&Source)) {
        self.walk_sources(visit);
        for template in self.templates() {
            template.walk(&mut |source| source.walk(&mut |source| visit(source)));
        }
    }

    /// Calls `visit` with every source as it is written, without those in it. The entry that
    /// keeps a token is none: keyfob writes it.
    pub fn walk_written_sources(&self, visit: &mut dyn FnMut(&Source)) {
        self.grant.walk(visit);
        if let Some((certificate, key)) = &self.connection.client_certificate {
            visit(certificate);
            visit(key);
        }
        for template in self.templates() {
            template.walk(visit);
        }
    }

    /// Every URL.
    #[must_use]
    pub fn urls(&self) -> Vec<Url<Source>> {
        let mut urls: Vec<Url<Source>> = Vec::new();
        let endpoint = self.grant.endpoint().map(|endpoint| &endpoint.url);
        let revocation = match &self.revocation {
            Some(Revocation::Rfc7009(url) | Revocation::Discovered(url)) => Some(url),
            Some(Revocation::Request(_)) | None => None,
        };
        let written = endpoint.into_iter().chain(revocation);
        urls.extend(written.map(|url| Url::Written(url.clone())));
        urls.extend(self.templates().iter().map(|template| template.url.clone()));
        urls
    }
}
