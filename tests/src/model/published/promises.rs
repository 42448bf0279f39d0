//! What must hold, whatever happens. Each check names its promise; the first that fails ends the history.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Violation;
use super::aws::{Act, Aws, Done, SOMEBODY};
use super::stack::{CopySpec, Service};

/// One of a resource's names.
pub type Place = (Service, String);

/// How many calls one invocation makes at most, nothing else going wrong but what is throttled.
const MOST_CALLS: u32 = 64;

/// What the checks remember from step to step.
#[derive(Default)]
pub struct Promises {
    /// What each resource has published where, and which act was the last one by then.
    published: BTreeMap<(String, Place), (String, usize)>,
    /// What nobody will ever hear of, or was retained.
    left: BTreeSet<(String, Place)>,
    /// What came late where nothing could tell that it did.
    late: BTreeSet<(String, Place)>,
    /// Where the last request that succeeded asked for nothing new, and left no mark.
    unmarked: BTreeSet<(String, Place)>,
    /// The ids that Deletes were sent for.
    deleted: BTreeSet<(String, String)>,
    pub read_right: u64,
    pub read_changed: u64,
    /// What happened, for the report.
    pub log: Vec<String>,
}

/// A request that was carried out.
pub struct Carried<'c> {
    /// The resource.
    pub author: &'c str,
    /// What its template says.
    pub spec: &'c CopySpec,
    /// What was done before.
    pub start: usize,
    /// It was held back, and nobody hears of it.
    pub stray: bool,
    /// It is an Update of what was published under the same names.
    pub keeps_names: bool,
    /// The request before it wanted something else.
    pub goes_back: bool,
    /// Something else was done between its calls.
    pub between: bool,
}

pub type Checked = Result<(), Violation>;

impl Promises {
    fn broken(&self, promise: &'static str, seen: String) -> Checked {
        Err(Violation { promise, seen, log: self.log.clone() })
    }

    /// Of what a request did: nothing of somebody else's is written over, removed, or taken from a rotation, unless that is
    /// wanted; what is told says nothing of a value.
    pub fn others_keep_theirs(&mut self, aws: &Aws, carried: &Carried<'_>) -> Checked {
        let Carried { author, spec, start, stray, keeps_names, between, .. } = *carried;
        let acts = aws.acts();
        let since = acts.iter().enumerate().skip(start);
        for (index, act) in since.filter(|(_, act)| act.author == author) {
            // What came between is nobody's fault.
            let before = act.before.as_ref().filter(|before| before.act < start);
            let seen = || format!("{act:?}");
            match (act.deed, before) {
                (Done::Wrote, before) => {
                    let theirs = before.filter(|before| before.author != author);
                    let published = acts[..start].iter().any(|past| is_same_place(past, act) && past.author == author);
                    let last = acts[..index].iter().rfind(|past| is_same_place(past, act));
                    let by_somebody = last.is_some_and(|last| last.author == SOMEBODY && last.deed != Done::Moved);
                    let may_overwrite = spec.overwrite && theirs.is_none_or(|theirs| theirs.author == SOMEBODY);
                    // Whoever waited for a stray has given it up, and may have deleted what it asked for.
                    let may_adopt = spec.adopt && !stray;
                    if theirs.is_some() && !may_adopt && !(may_overwrite && published) {
                        return self
                            .broken("what is somebody else's is not written over unless that is wanted", seen());
                    }
                    if before.is_some()
                        && act.rotated
                        && !between
                        && !acts[start..index].iter().any(|past| is_same_place(past, act))
                    {
                        return self.broken("what AWS rotates is not written", seen());
                    }
                    if keeps_names
                        && !between
                        && act.before.is_none()
                        && !act.rotated
                        && by_somebody
                        && published
                        && !spec.overwrite
                    {
                        return self.broken("what somebody removed is told", seen());
                    }
                    // Where nothing of this resource stands, nothing tells that it comes late; and neither service has a
                    // condition that would tell it of what is newer and came between its look and its write.
                    let came_between = act.before.as_ref().is_some_and(|before| before.act >= start);
                    let place = (author.to_owned(), (act.service, act.name.clone()));
                    let unmarked = self.unmarked.contains(&place);
                    if stray && (by_somebody || act.before.is_none() || came_between || unmarked) {
                        self.late.insert(place.clone());
                        self.left.insert(place);
                    }
                }
                (Done::Removed, Some(before)) if before.author != author => {
                    return self.broken("what is somebody else's is not removed", seen());
                }
                (Done::Removed | Done::Moved, _) => {}
            }
        }
        Ok(())
    }

    /// A request that found its own content published wrote nothing, unless the request before it wanted something else, or the
    /// names are new to it; and any other one version in each place.
    pub fn writes_once(&self, aws: &Aws, carried: &Carried<'_>, secret_id: &str) -> Checked {
        let Carried { author, spec, start, keeps_names, goes_back, .. } = *carried;
        let acts = aws.acts();
        for place in spec.places() {
            let here = |act: &&Act| (act.service, &act.name) == (place.0, &place.1);
            // What failed half-way takes back what it wrote; delivered once more, it may try again.
            let mine = acts[start..].iter().filter(here).filter(|act| act.author == author);
            let writes =
                mine.rev().take_while(|act| act.deed != Done::Removed).filter(|act| act.deed == Done::Wrote).count();
            let is_as_published =
                self.published.get(&(author.to_owned(), place.clone())).is_some_and(|(content, act)| {
                    let changed = acts[..start].iter().skip(*act).any(|act| here(&act));
                    *content == spec.content(place.0, secret_id) && !changed
                });
            if writes > usize::from(!is_as_published || goes_back || !keeps_names) {
                return self
                    .broken("a request writes once, and nothing that is there", format!("{writes} in {place:?}"));
            }
        }
        Ok(())
    }

    /// A request has succeeded: its readers have the value, by the version that it says.
    pub fn is_published(
        &mut self,
        aws: &Aws,
        carried: &Carried<'_>,
        secret_id: &str,
        expected: Option<&(String, BTreeMap<String, String>)>,
    ) -> Checked {
        let Carried { author, spec, start, keeps_names, goes_back, .. } = *carried;
        for place in spec.places() {
            if let Some((value, data)) = expected {
                let found = aws.read(place.0, &place.1);
                let said = match place.0 {
                    Service::Parameters => &data["ParameterVersion"],
                    Service::Secrets => &data["SecretVersionId"],
                };
                let is_right = found.as_ref().is_some_and(|found| {
                    found.author == author
                        && spec.password_in(&found.text).as_ref() == Some(value)
                        && found.version == *said
                });
                if !is_right {
                    let seen = format!("{place:?} has {found:?}, and {value} as {said} was answered");
                    return self.broken("what is answered is what readers have", seen);
                }
            }
            let acts = aws.acts();
            let mine = |act: &Act| act.author == author && (act.service, &act.name) == (place.0, &place.1);
            let last = acts.iter().rposition(mine).filter(|last| *last >= start).map_or(start, |last| last + 1);
            let key = (author.to_owned(), place.clone());
            self.left.remove(&key);
            self.late.remove(&key);
            match keeps_names && !goes_back && last == start {
                true => self.unmarked.insert(key.clone()),
                false => self.unmarked.remove(&key),
            };
            self.published.insert(key, (spec.content(place.0, secret_id), last));
        }
        Ok(())
    }

    /// After a completed operation, whoever reads a published name gets the value that the database has, unless somebody else
    /// changed it since.
    pub fn readers_have(&mut self, aws: &Aws, author: &str, spec: &CopySpec, database: &str) -> Checked {
        for place in spec.places() {
            let key = (author.to_owned(), place.clone());
            if !self.published.contains_key(&key) {
                continue;
            }
            if self.is_changed(aws, author, &place) || self.late.contains(&key) {
                self.read_changed += 1;
                continue;
            }
            let found = aws.read(place.0, &place.1);
            if found.as_ref().and_then(|found| spec.password_in(&found.text)).as_deref() != Some(database) {
                let seen = format!("{author}: {place:?} has {found:?}, and the database {database}");
                return self.broken("readers have what the database has", seen);
            }
            self.read_right += 1;
        }
        Ok(())
    }

    /// Nobody will hear of what is there, or it was retained.
    pub fn are_left(&mut self, author: &str, places: impl Iterator<Item = Place>) {
        self.left.extend(places.map(|place| (author.to_owned(), place)));
    }

    /// A Delete of this id was sent.
    pub fn is_deleted(&mut self, author: &str, physical_id: &str) {
        self.deleted.insert((author.to_owned(), physical_id.to_owned()));
    }

    /// Whether a Delete was sent of an id that says these names.
    pub fn was_deleted(&self, author: &str, spec: &CopySpec) -> bool {
        self.deleted.iter().any(|(of, id)| of == author && id.ends_with(&spec.names_in_id()))
    }

    /// Whether somebody else has been there since the resource was told last that it is published.
    pub fn is_changed(&self, aws: &Aws, author: &str, place: &Place) -> bool {
        let Some((_, published)) = self.published.get(&(author.to_owned(), place.clone())) else { return false };
        let acts = aws.acts();
        let mut here = acts.iter().skip(*published).filter(|act| (act.service, &act.name) == (place.0, &place.1));
        here.any(|act| act.author != author)
    }

    /// What no resource of a living stack can name is not published any more.
    pub fn gone_is_gone(&self, aws: &Aws, living: &BTreeSet<(String, Place)>) -> Checked {
        let parameters =
            aws.parameters.borrow().names().map(|name| (Service::Parameters, name.clone())).collect::<Vec<_>>();
        let secrets = aws.secrets.borrow().names().map(|name| (Service::Secrets, name.clone())).collect::<Vec<_>>();
        for place in parameters.into_iter().chain(secrets) {
            let Some(found) = aws.read(place.0, &place.1) else { continue };
            // What somebody brings back is somebody's to take away; so is what was brought back to be written, where nothing
            // could be asked from then on.
            let acts = aws.acts();
            let last = acts.iter().rfind(|act| (act.service, &act.name) == (place.0, &place.1));
            if last.is_some_and(|last| last.author != found.author || last.deed == Done::Moved) {
                continue;
            }
            let key = (found.author.clone(), place);
            if found.author != SOMEBODY && !living.contains(&key) && !self.left.contains(&key) {
                return self.broken("gone is gone", format!("{key:?} is still there"));
            }
        }
        Ok(())
    }

    /// Nothing that is told without a value has one in it.
    pub fn nothing_leaks(&self, aws: &Aws, values: &[String], reason: &str) -> Checked {
        let (parameters, secrets) = (aws.parameters.borrow(), aws.secrets.borrow());
        let told: Vec<&str> = parameters.told().chain(secrets.told()).chain([reason]).collect();
        match values.iter().find(|value| told.iter().any(|text| text.contains(value.as_str()))) {
            Some(value) => self.broken("no value is leaked", value.clone()),
            None => Ok(()),
        }
    }

    /// A request failed: was there a reason that its user can act on?
    pub fn failure_is_justified(&self, justified: bool, what: &str, reason: &str) -> Checked {
        match justified {
            true => Ok(()),
            false => {
                self.broken("no request fails without a reason that its user can act on", format!("{what}: {reason}"))
            }
        }
    }

    /// A bound, on whatever path.
    pub fn bounds_hold(&self, held: bool, what: &str) -> Checked {
        if held { Ok(()) } else { self.broken("a bound holds on every path", what.to_owned()) }
    }

    /// What one invocation asks is bounded, whatever is there.
    pub fn calls_are_bounded(&self, calls: u32) -> Checked {
        match calls <= MOST_CALLS {
            true => Ok(()),
            false => self.broken("nothing grows without a limit", format!("{calls} calls of one invocation")),
        }
    }
}

fn is_same_place(one: &Act, other: &Act) -> bool {
    (one.service, &one.name) == (other.service, &other.name)
}
