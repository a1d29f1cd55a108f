"""How a wrong use is made right: a plan (ast), its edit (LibCST), and the proof that the edit is the plan.

`planning.plan_of` reads the syntax tree and answers with a `Plan` or a `Refusal`; it never touches text.
`edit.apply` carries plans out on a LibCST tree; `proof.prove` checks the outcome against the plans.
"""
