package dev.assay.results.compare;

import dev.assay.results.CaseRow;
import dev.assay.results.compare.Effect.Interval;
import dev.assay.results.compare.RoundValues.Watch;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Collects the cells of a [CompareRow].
final class RowBuilder {
    private final Pair pair;
    private final CaseRow shown;
    private final String baseBackend;
    private final Watch watch;
    private String unit = "";
    private String design = "";
    private @Nullable Integer nBase;
    private @Nullable Integer nCand;
    private @Nullable Double base;
    private @Nullable Double cand;
    private @Nullable Double ratio;
    private @Nullable Double ratioLow;
    private @Nullable Double ratioHigh;
    private @Nullable Double confidence;
    private @Nullable Double p;
    private @Nullable Double floorPct;
    private @Nullable Double detectablePct;
    private @Nullable Double marginPct;
    private @Nullable Double driftPct;

    /// @param shown whose key the row has
    /// @param before the base's; the candidate's if the base has none
    RowBuilder(Pair pair, CaseRow before, CaseRow shown, Watch watch) {
        this.pair = pair;
        this.shown = shown;
        this.baseBackend =
                before.backendOptions().isEmpty() ? before.backend() : before.backend() + ":" + before.backendOptions();
        this.watch = watch;
    }

    RowBuilder design(String word) {
        design = word;
        return this;
    }

    RowBuilder values(RoundValues ofBase, RoundValues ofCandidate) {
        unit = ofBase.unit();
        base = ofBase.median();
        cand = ofCandidate.median();
        return rounds(ofBase.rounds(), ofCandidate.rounds());
    }

    RowBuilder rounds(int ofBase, int ofCandidate) {
        nBase = ofBase;
        nCand = ofCandidate;
        return this;
    }

    RowBuilder effect(Effect effect) {
        ratio = Math.exp(effect.estimate());
        if (effect.interval().isPresent()) {
            Interval interval = effect.interval().get();
            ratioLow = Math.exp(interval.low());
            ratioHigh = Math.exp(interval.high());
            confidence = interval.confidence();
        }
        p = effect.p();
        return this;
    }

    RowBuilder exactly(double value) {
        ratio = value;
        ratioLow = value;
        ratioHigh = value;
        return this;
    }

    RowBuilder margin(double logarithm) {
        marginPct = Detectable.percent(logarithm);
        return this;
    }

    RowBuilder floor(OptionalDouble logarithm) {
        floorPct = logarithm.isPresent() ? Detectable.percent(logarithm.getAsDouble()) : null;
        return this;
    }

    RowBuilder detectable(double logarithm) {
        detectablePct = Detectable.percent(logarithm);
        return this;
    }

    RowBuilder drift(double logarithm) {
        driftPct = Detectable.percent(logarithm);
        return this;
    }

    CompareRow decided(Decision decision) {
        return new CompareRow(
                shown.suite(),
                shown.caseId(),
                shown.seed(),
                shown.backend(),
                shown.backendOptions(),
                baseBackend,
                watch.metric(),
                watch.clock(),
                unit,
                design,
                pair.base().id(),
                pair.candidate().id(),
                nBase,
                nCand,
                base,
                cand,
                ratio,
                ratioLow,
                ratioHigh,
                confidence,
                p,
                null,
                floorPct,
                detectablePct,
                marginPct,
                driftPct,
                1,
                decision.change(),
                decision.reason());
    }
}
