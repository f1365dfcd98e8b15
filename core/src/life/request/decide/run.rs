//! Canned replies, and macros: steps that are taken all in one decision.

use super::case::Case;
use super::{authorize, take};
use crate::base::PartyKind;
use crate::config::catalog::{MacroCode, MacroStep, ReplyCode};
use crate::life::decision::{Halt, Reader};
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::request::canned::canned;
use crate::life::request::command::{HoldFor, RequestCommand};

use RequestCommand as C;

impl Case<'_, '_> {
    pub(super) fn answer_with(
        &mut self,
        reader: Reader<'_>,
        reply: &ReplyCode,
        language: Option<&str>,
    ) -> Result<(), Halt> {
        let text = canned(
            &self.context.world.directory,
            &self.context.world.catalog,
            self.context.actor.party,
            &self.request,
            (reply, language),
        )?;
        self.answer(reader, &text.into())
    }

    /// Takes every step of a macro, each with its own right and its own arrow, or none.
    pub(super) fn run(&mut self, reader: Reader<'_>, code: &MacroCode) -> Result<(), Halt> {
        let world = self.context.world;
        let unknown = || Refusal::invalid("code", format!("there is no macro `{code}`"));
        let of = world.catalog.macro_named(code).ok_or_else(unknown)?;
        let mut nothing = None;
        let mut changed = false;
        for (n, step) in of.steps.iter().enumerate() {
            let in_step = |refusal| Refusal::InStep { step: n + 1, refusal: Box::new(refusal) };
            let taken = self.take_in_turn(reader, step);
            match taken {
                Ok(()) => changed = true,
                Err(Halt::Refused(refusal)) if refusal.code() == "no_change" => {
                    nothing = Some(in_step(refusal));
                }
                Err(Halt::Refused(refusal)) => return Err(in_step(refusal).into()),
                Err(need @ Halt::Need(_)) => return Err(need),
            }
        }
        match nothing.filter(|_| !changed) {
            Some(refusal) => Err(refusal.into()),
            None => Ok(()),
        }
    }

    fn take_in_turn(&mut self, reader: Reader<'_>, step: &MacroStep) -> Result<(), Halt> {
        let command = self.command(step)?;
        authorize(&command, &self.request, self.context)?;
        take(self, reader, &command)
    }

    /// What a step of a macro asks for here and now.
    fn command(&self, step: &MacroStep) -> Result<RequestCommand, Refusal> {
        Ok(match step.clone() {
            MacroStep::Classify { service, category } => C::Classify { service, category },
            MacroStep::Prioritize { impact, urgency } => C::Prioritize { impact, urgency },
            MacroStep::Move { line } => C::Move { line },
            MacroStep::AssignToMe => C::Assign { operator: self.me()? },
            MacroStep::Release => C::Release,
            MacroStep::Start => C::Start,
            MacroStep::Hold { reason, lasting } => {
                let until = lasting.map(|span| self.context.now + span);
                C::Hold(HoldFor { until, ..HoldFor::new(reason) })
            }
            MacroStep::Resume => C::Resume,
            MacroStep::Resolve { code, text } => C::Resolve { code, text },
            MacroStep::Close { reason } => C::Close { reason },
            MacroStep::Answer { text } => C::Answer(text.into()),
            MacroStep::AnswerWith { reply } => C::AnswerWith { reply, language: None },
            MacroStep::Note { text } => C::Note(text.into()),
            MacroStep::Tag { tag } => C::Tag { tag },
            MacroStep::Untag { tag } => C::Untag { tag },
            MacroStep::SetField { field, value } => C::SetFields { values: [(field, value)].into() },
        })
    }

    fn me(&self) -> Result<EmployeeId, Refusal> {
        let actor = self.context.actor.party;
        if actor.kind == PartyKind::Employee {
            return Ok(EmployeeId(actor.id));
        }
        Err(Refusal::rule("not_an_operator", "only an employee can take a request"))
    }
}
