package dev.assay.results.compare;

import dev.assay.results.CaseRow;
import dev.assay.results.compare.Effect.Interval;
import dev.assay.results.compare.RoundValues.Watch;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Collects the cells of a [CompareRow].
final class RowBuilder {
    static final Watch RESULT = new Watch(CompareRow.VERDICT, "");

    private final Pair pair;
    private final CaseRow shown;
    private final String baseBackend;
    private final Watch watch;
    private final String baseVerdict;
    private final String candVerdict;
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

    private RowBuilder(Pair pair, CaseRow base, CaseRow shown, Watch watch, String baseVerdict, String candVerdict) {
        this.pair = pair;
        this.shown = shown;
        this.baseBackend =
                base.backendOptions().isEmpty() ? base.backend() : base.backend() + ":" + base.backendOptions();
        this.watch = watch;
        this.baseVerdict = baseVerdict;
        this.candVerdict = candVerdict;
    }

    /// Of a case that both sides have.
    static RowBuilder of(Pair pair, CaseRow before, CaseRow after, Watch watch) {
        return new RowBuilder(
                pair,
                before,
                after,
                watch,
                before.verdict().word(),
                after.verdict().word());
    }

    static RowBuilder ofNew(Pair pair, CaseRow after) {
        return new RowBuilder(pair, after, after, RESULT, "", after.verdict().word());
    }

    static RowBuilder ofMissing(Pair pair, CaseRow before) {
        return new RowBuilder(pair, before, before, RESULT, before.verdict().word(), "");
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
                baseVerdict,
                candVerdict,
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
