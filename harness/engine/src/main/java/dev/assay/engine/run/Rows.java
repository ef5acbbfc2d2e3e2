package dev.assay.engine.run;

import dev.assay.engine.judge.Finding;
import dev.assay.engine.judge.Judgement;
import dev.assay.results.CaseRow;
import dev.assay.results.CellText;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.Verdict;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Makes rows.
final class Rows {
    private Rows() {}

    /// What a row says about the backend.
    ///
    /// @param contract text form, empty if it is not known
    record Stack(BackendRef backend, String version, String device, String contract) {
        /// What is known of a backend that has not told anything.
        static Stack unknown(BackendRef backend) {
            return new Stack(backend, "", "", "");
        }

        static Stack of(BackendRef backend, Map<String, String> facts) {
            return new Stack(
                    backend,
                    facts.getOrDefault(BackendWorker.VERSION, ""),
                    facts.getOrDefault(BackendWorker.DEVICE, ""),
                    "");
        }

        Stack withContract(String text) {
            return new Stack(backend, version, device, text);
        }
    }

    /// A row without numbers.
    static CaseRow plain(PlannedCase planned, Stack stack, Verdict verdict, String layer, String reason) {
        return row(planned, stack, verdict, layer, reason, Optional.empty());
    }

    static CaseRow judged(PlannedCase planned, Stack stack, Judgement judgement) {
        return row(planned, stack, judgement.verdict(), judgement.layer(), judgement.reason(), Optional.of(judgement));
    }

    private static CaseRow row(
            PlannedCase planned,
            Stack stack,
            Verdict verdict,
            String layer,
            String reason,
            Optional<Judgement> judgement) {
        Optional<Finding.Element> worst = judgement.flatMap(Judgement::worst);
        return new CaseRow(
                planned.suite(),
                planned.caseId(),
                planned.caseHash(),
                planned.operator(),
                planned.dtypes(),
                planned.shapes(),
                planned.attributes(),
                planned.fill(),
                planned.seed(),
                stack.backend().id(),
                stack.backend().options(),
                stack.version(),
                stack.device(),
                stack.contract(),
                finite(judgement.map(Judgement::boundTightness)),
                verdict,
                layer,
                CellText.harmless(reason),
                judgement
                        .flatMap(Judgement::diagnosis)
                        .map(diagnosis -> diagnosis.cause().code())
                        .orElse(""),
                judgement.map(Judgement::elements).orElse(null),
                judgement.map(Judgement::mismatches).orElse(null),
                judgement.map(Judgement::worstErrorRatio).orElse(null),
                finite(judgement.map(Judgement::rmsRatio)),
                judgement.map(Judgement::maxUlp).orElse(null),
                finite(judgement.map(Judgement::biasZ)),
                worst.map(Finding.Element::where).orElse(""),
                worst.map(Finding.Element::expected).orElse(null),
                worst.map(Finding.Element::actual).orElse(null),
                worst.map(Finding.Element::bound).orElse(null),
                judgement.map(Judgement::deterministic).orElse(null),
                judgement.map(Judgement::outputSha256).orElse(""));
    }

    private static @Nullable Double finite(Optional<Double> value) {
        return value.filter(Double::isFinite).orElse(null);
    }

    /// The same row with another verdict, for a case that failed after it had passed.
    static CaseRow amended(CaseRow row, Verdict verdict, String layer, String reason) {
        return new CaseRow(
                row.suite(),
                row.caseId(),
                row.caseHash(),
                row.operator(),
                row.dtypes(),
                row.shapes(),
                row.attributes(),
                row.fill(),
                row.seed(),
                row.backend(),
                row.backendOptions(),
                row.backendVersion(),
                row.device(),
                row.contract(),
                row.boundTightness(),
                verdict,
                layer,
                CellText.harmless(reason),
                row.diagnosis(),
                row.elements(),
                row.mismatches(),
                row.worstErrorRatio(),
                row.rmsRatio(),
                row.maxUlp(),
                row.biasZ(),
                row.worstIndex(),
                row.expected(),
                row.actual(),
                row.bound(),
                row.deterministic(),
                row.outputSha256());
    }
}
