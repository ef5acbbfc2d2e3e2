package dev.assay.engine.run;

import dev.assay.engine.judge.Finding;
import dev.assay.engine.judge.Judgement;
import dev.assay.engine.scorecard.Scorecard.Score;
import dev.assay.results.CaseRow;
import dev.assay.results.CellText;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.ScorecardRow;
import dev.assay.results.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
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

    /// What published criteria say of the outputs of a case.
    static List<ScorecardRow> scorecard(CaseRow row, List<Score> scores) {
        return scores.stream()
                .map(score -> new ScorecardRow(
                        row.suite(),
                        row.caseId(),
                        row.caseHash(),
                        row.seed(),
                        row.backend(),
                        row.backendOptions(),
                        score.output(),
                        score.criterion(),
                        score.outcome().ruling(),
                        boxed(score.outcome().measure()),
                        boxed(score.outcome().limit()),
                        row.verdict(),
                        CellText.harmless(score.outcome().remark())))
                .toList();
    }

    private static @Nullable Double boxed(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
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
