//! What happens to a request: each event of a vector as the commands that do it.

use std::collections::BTreeMap;
use std::sync::Arc;

use okno::base::{Clock, ManualClock, SeededIds, Span, Timestamp};
use okno::condition::Value;
use okno::engine::Requests;
use okno::life::clock::ClockReading;
use okno::life::request::{HoldFor, HoldReason, Message, Release};
use okno::{
    Actor, Channel, Desk, DeskError, Founding, Person, RequestCommand, RequestId, Status, Submit, TenantId,
    Text,
};
use okno_tests::memory;
use serde::Deserialize;
use uuid::Uuid;

use super::center::{Definitions, INTAKE, POLICY, SERVICE, code};

/// Something that happens.
#[derive(Deserialize)]
pub(super) struct Happening {
    pub(super) at: Timestamp,
    #[serde(flatten)]
    pub(super) what: What,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum What {
    Created { status: Option<String>, priority: Option<String>, team: Option<String> },
    Status { to: String },
    Priority { to: String },
    Assigned { team: String },
    Policy { to: Option<String> },
    CustomerMessage,
    AgentMessage,
    AgentNote,
    AutoReply,
    Merged,
}

/// A request and the desk that it is on.
pub(super) struct History {
    clock: Arc<ManualClock>,
    desk: Desk,
    definitions: Definitions,
    operator: Requests,
    program: Requests,
    policy: Option<String>,
    request: Option<RequestId>,
}

impl History {
    pub(super) async fn begin(definitions: Definitions, policy: Option<String>) -> Result<Self, String> {
        let clock = Arc::new(ManualClock::new(Timestamp::MIN + Span::days(1)));
        let store = memory(clock.clone()).await.store;
        let desk = Desk::new(store).with_clock(clock.clone()).with_ids(Arc::new(SeededIds::new(1)));
        let tenant = TenantId(Uuid::from_u128(1));
        let administrator = Person { name: text("Operator")?, addresses: Vec::new() };
        let founding =
            Founding { tenant, name: text("Center")?, catalog: definitions.catalog.clone(), administrator };
        desk.found(&founding).await.map_err(told)?;
        let operator = Actor::employee(tenant, founding.administrator_id(), Channel::Workplace);
        let requests = |actor| desk.acting(actor).requests();
        let (operator, program) = (requests(operator), requests(Actor::system(tenant)));
        Ok(Self { clock, desk, definitions, operator, program, policy, request: None })
    }

    /// Lets an event happen at its instant.
    pub(super) async fn happen(&mut self, event: Happening) -> Result<(), String> {
        self.clock.set(event.at);
        match event.what {
            What::Created { status, priority, team } => {
                let priority = priority.unwrap_or_else(|| "normal".to_owned());
                self.create(&priority, team.as_deref()).await?;
                self.lead_to(status.as_deref().unwrap_or("new")).await
            }
            What::Status { to } => self.lead_to(&to).await,
            What::Priority { to } => {
                let impact = self.definitions.priority(&to)?;
                self.step(RequestCommand::Prioritize { impact, urgency: 1 }).await
            }
            What::Assigned { team } => {
                if self.operator.get(self.id()?).await.map_err(told)?.0.line.as_str() == team {
                    return Ok(());
                }
                self.step(RequestCommand::Move { line: code(&team)? }).await
            }
            What::Policy { to } => {
                let value = to.map(|to| Value::Code(to.as_str().into()));
                self.step(RequestCommand::SetFields { values: BTreeMap::from([(code(POLICY)?, value)]) })
                    .await
            }
            What::CustomerMessage => {
                self.say(&self.operator, RequestCommand::Reply(Message::from("Well?"))).await
            }
            What::AgentMessage => {
                self.say(&self.operator, RequestCommand::Answer(Message::from("Soon."))).await
            }
            What::AgentNote => self.say(&self.operator, RequestCommand::Note(Message::from("Hm."))).await,
            What::AutoReply => {
                self.say(&self.program, RequestCommand::Answer(Message::from("Received."))).await
            }
            What::Merged => {
                let master = self.submit(self.asked("normal", None)?).await?;
                self.step(RequestCommand::Merge { into: master, requester: None, earliest: false }).await
            }
        }
    }

    /// What a clock shows, once all timers up to an instant have fired.
    pub(super) async fn clock(&self, target: &str, at: Timestamp) -> Result<Option<ClockReading>, String> {
        self.clock.set(at);
        self.desk.tick(self.clock.now()).await.map_err(told)?;
        let clocks = self.operator.clocks(self.id()?).await.map_err(told)?;
        Ok(clocks.into_iter().find(|clock| clock.target.as_str() == target))
    }

    async fn create(&mut self, priority: &str, team: Option<&str>) -> Result<(), String> {
        let mut submit = self.asked(priority, team)?;
        if let Some(policy) = &self.policy {
            submit.fields.insert(code(POLICY)?, Value::Code(policy.as_str().into()));
        }
        self.request = Some(self.submit(submit).await?);
        Ok(())
    }

    fn asked(&self, priority: &str, team: Option<&str>) -> Result<Submit, String> {
        let impact = Some(self.definitions.priority(priority)?);
        let line = Some(code(team.unwrap_or(INTAKE))?);
        Ok(Submit { impact, urgency: Some(1), line, ..Submit::new(code(SERVICE)?, text("A request")?) })
    }

    async fn submit(&self, submit: Submit) -> Result<RequestId, String> {
        self.operator.submit(submit).await.map(|receipt| RequestId(receipt.subject)).map_err(told)
    }

    /// Leads the request to a status, by the steps that lead there.
    async fn lead_to(&self, to: &str) -> Result<(), String> {
        let (request, _) = self.operator.get(self.id()?).await.map_err(told)?;
        let hold = |reason| HoldFor {
            reason,
            until: None,
            release: Some(Release { on_reply: false, on_signal: None }),
        };
        let hold = match to {
            "pending" => Some(hold(HoldReason::Requester)),
            "on_hold" => Some(hold(HoldReason::ThirdParty)),
            _ => None,
        };
        let ended = matches!(request.status, Status::Resolved | Status::Closed);
        match (to, request.status) {
            ("open" | "pending" | "on_hold", _) if ended => {
                self.step(RequestCommand::Reopen { text: String::new(), hold }).await
            }
            ("new", Status::New)
            | ("open", Status::InProgress)
            | ("resolved", Status::Resolved | Status::Closed)
            | ("closed", Status::Closed)
            | ("cancelled", Status::Cancelled) => Ok(()),
            ("new", Status::OnHold) => self.step(RequestCommand::Resume).await,
            ("open", Status::OnHold) => {
                self.step(RequestCommand::Resume).await?;
                match self.operator.get(self.id()?).await.map_err(told)?.0.status {
                    Status::InProgress => Ok(()),
                    _ => self.step(RequestCommand::Start).await,
                }
            }
            ("open", _) => self.step(RequestCommand::Start).await,
            ("pending" | "on_hold", _) => self.step(RequestCommand::Hold(hold.ok_or("no hold")?)).await,
            ("resolved", _) => {
                self.step(RequestCommand::Resolve { code: "done".to_owned(), text: String::new() }).await
            }
            ("closed", _) => self.step(RequestCommand::Close { reason: "done".to_owned() }).await,
            ("cancelled", _) => self.step(RequestCommand::Cancel { reason: "withdrawn".to_owned() }).await,
            (other, status) => Err(format!("nothing leads from `{}` to `{other}`", status.code())),
        }
    }

    /// Writes something; to a closed request nobody can write, so nothing happens.
    async fn say(&self, who: &Requests, command: RequestCommand) -> Result<(), String> {
        match who.step(self.id()?, command).await {
            Err(DeskError::Refused(refusal)) if refusal.code().starts_with("already_") => Ok(()),
            done => done.map(drop).map_err(told),
        }
    }

    async fn step(&self, command: RequestCommand) -> Result<(), String> {
        match self.operator.step(self.id()?, command).await {
            Err(DeskError::Refused(refusal))
                if refusal.code() == "no_change" || refusal.code().starts_with("already_") =>
            {
                Ok(())
            }
            done => done.map(drop).map_err(told),
        }
    }

    fn id(&self) -> Result<RequestId, String> {
        self.request.ok_or_else(|| "nothing was created yet".to_owned())
    }
}

fn text(text: &str) -> Result<Text, String> {
    Text::new(text).map_err(|error| error.to_string())
}

fn told(error: DeskError) -> String {
    error.to_string()
}
