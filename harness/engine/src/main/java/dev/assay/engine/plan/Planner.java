package dev.assay.engine.plan;

import dev.assay.engine.judge.LargeCase;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.operator.Cost;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.PlanFile.SuiteRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Puts suites and backends together to a plan, and says beforehand what will not be run, and why.
public final class Planner {
    /// Bytes of all tensors of a case that the quick mode takes on.
    private static final double LARGEST_QUICK_BYTES = 1.5e9;
    /// Speed of a reference with its error model, measured on two cores.
    private static final double REFERENCE_FLOPS_PER_MS = 1.3e7;
    /// Making, copying and comparing tensors.
    private static final double BYTES_PER_MS = 5e4;
    /// Buffers, guards and journal of a small case: the median over a suite, in workers that have just been
    /// started.
    private static final double OVERHEAD_MS = 13;

    /// Flops of a kernel per millisecond on a host, and its runs when a large case is judged: those of small ones do
    /// not count beside their references.
    private static final double KERNEL_FLOPS_PER_MS = 1e8;

    private static final int RUNS = 3;

    private final RunSettings settings;

    public Planner(RunSettings settings) {
        this.settings = settings;
    }

    /// A suite that is ready to be planned: its cases, and the digests of those whose inputs are stored.
    public interface Source {
        SuiteRef reference();

        List<Case> cases();

        /// Digest over stored inputs; empty for generated ones.
        default Optional<String> content(Case one) {
            return Optional.empty();
        }
    }

    /// A suite as a source of cases.
    public static Source source(Suite suite) {
        return new Source() {
            @Override
            public SuiteRef reference() {
                return new SuiteRef(suite.name(), suite.source(), suite.sha256());
            }

            @Override
            public List<Case> cases() {
                return suite.cases();
            }
        };
    }

    public PlanFile plan(List<Source> suites, List<BackendRef> backends) {
        List<PlannedCase> cases = new ArrayList<>();
        for (Source suite : suites) {
            for (Case one : suite.cases()) {
                cases.add(one.planned(
                        suite.content(one).orElse(null),
                        estimateMs(one),
                        announcement(one).orElse(null)));
            }
        }
        List<SuiteRef> references = suites.stream().map(Source::reference).toList();
        return new PlanFile(PlanFile.SCHEMA, settings.toJson(), references, backends, cases);
    }

    private double estimateMs(Case one) {
        Optional<Cost> cost = one.cost();
        if (cost.isEmpty()) {
            return 0;
        }
        boolean large = isSampled(one);
        double reference = large ? one.cheapCost().orElseThrow().flops() : one.referenceFlops();
        double flops = reference * one.referenceFactor();
        double runs = large ? RUNS * cost.get().flops() / KERNEL_FLOPS_PER_MS : 0;
        return OVERHEAD_MS + runs + flops / REFERENCE_FLOPS_PER_MS + bytes(one) / BYTES_PER_MS;
    }

    /// What a case reads and writes. An operator that reads little of a large table needs all of it made and held.
    private static double bytes(Case one) {
        return Math.max(one.cost().orElseThrow().bytes(), (double)
                one.call().orElseThrow().tensorBytes());
    }

    /// Whether samples and sums take the place of the whole reference.
    private boolean isSampled(Case one) {
        return !settings.fullReference()
                && one.referenceFlops() > LargeCase.LARGEST_REFERENCE_FLOPS
                && one.cheapCost()
                        .filter(cheap -> cheap.flops() <= LargeCase.LARGEST_REFERENCE_FLOPS)
                        .isPresent();
    }

    private Optional<String> announcement(Case one) {
        Optional<Cost> cost = one.cost();
        if (cost.isEmpty() || settings.fullReference()) {
            return Optional.empty();
        }
        if (one.referenceFlops() > LargeCase.LARGEST_REFERENCE_FLOPS && !isSampled(one)) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "its reference takes %.2g flops, about %.0f s here; --full-reference computes it",
                    one.referenceFlops(),
                    estimateMs(one) / 1000));
        }
        if (settings.mode() != Mode.RELEASE && one.releaseOnly()) {
            return Optional.of("it belongs to the large shapes of its model; --release runs it");
        }
        double bytes = bytes(one);
        if (settings.mode() != Mode.RELEASE && bytes > LARGEST_QUICK_BYTES) {
            return Optional.of(String.format(Locale.ROOT, "its tensors take %.1f GB; --release runs it", bytes / 1e9));
        }
        return Optional.empty();
    }
}
