"""Runs a plant on cases as a run does, in this process: worker, comparison, probe, verdict and reason."""

import numpy as np
from convparity.adapters.function_adapter import FunctionAdapter
from convparity.adapters.worker import serve
from convparity.cases.dtypes import DTYPES
from convparity.cases.operations import OPS
from convparity.report.results.comparison import compared
from convparity.report.results.file import Results
from convparity.report.verdicts.explanations import reason
from convparity.report.verdicts.judging import judge, needs_sampling

from . import loops


class Quiet:
    """A log that nothing is printed to."""

    @staticmethod
    def take():
        return ""


class Field:
    """One plant as an adapter, and what is seen of it."""

    def __init__(self, plant, references):
        def run(case, x, w):
            y = plant.run(case, x.astype(np.float64), None if w is None else w.astype(np.float64))
            return loops.stored(y, plant.dtype or case.dtype)

        self.adapter = type("Planted", (_Planted,), {"function": staticmethod(run)})()
        self.references = references

    def verdict(self, case):
        """The verdict on a case, and its reason."""
        results = Results()
        results.add({"kind": "case", "case": case.to_json()})
        line = {"kind": "environment", "label": "plant", "adapter": "plant", "packages": {}, "details": {}}
        results.add(line)
        reference = self.references[case]
        seen = self._observed(results, case, "values")
        if needs_sampling(case, reference, seen):
            seen = self._observed(results, case, "sampling")
            if seen.refused:
                seen = self._observed(results, case, "sampling", itself=True)
        verdict = judge(case, reference, seen)
        return verdict, reason(case, reference, seen, results.environments["plant"], verdict), seen

    def _observed(self, results, case, want, **fields):
        where = {"input": list(case.input), "spelling": "as written", "want": want}
        task = {"n": 0, "case": case.to_json(), **where, **fields}
        replies = []
        serve.serve(self.adapter, [task], replies.append, Quiet())
        reply = {key: value for key, value in replies[-1].items() if key != "n"}
        if want == "values":
            reply = compared(case, self.references[case], reply)
        results.add({"kind": "observation", "environment": "plant", "case": case.id, **where, **reply})
        return results.observation("plant", case, "as written")


class _Planted(FunctionAdapter):
    name = title = "plant"
    distributions = ()
    ops, dtypes = OPS, DTYPES

    def run_one(self, job):
        result = super().run_one(job)
        if job.dtype == "bfloat16" and result.dtype == "float32":  # NumPy has none, so it travels in float32
            result.dtype = "bfloat16"
        return result
