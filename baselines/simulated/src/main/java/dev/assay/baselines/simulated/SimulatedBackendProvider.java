package dev.assay.baselines.simulated;

import dev.assay.HarnessException;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOption;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Deviations;
import dev.assay.baselines.simulated.faults.Faults;
import dev.assay.baselines.simulated.late.LateFaults;
import dev.assay.baselines.simulated.variations.Variations;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The simulated accelerator: `simulated:chip=tile-npu,fault=drop-k-tail`.
public final class SimulatedBackendProvider implements BackendProvider, Deviations {
    private static final String STANDARD_CHIP = "tile-npu";

    @Override
    public String id() {
        return "simulated";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                BackendOption.text(
                        "chip",
                        "the chip: one of " + Chip.SHIPPED + ", or a descriptor that ends in .json",
                        STANDARD_CHIP),
                BackendOption.someOf(
                        "fault",
                        "bugs to switch on",
                        Faults.ALL.stream().map(Deviation::id).toList()),
                BackendOption.someOf(
                        "late",
                        "bugs to switch on that need many launches to show",
                        LateFaults.ALL.stream().map(Deviation::id).toList()),
                BackendOption.someOf(
                        "variation",
                        "legitimate differences to switch on",
                        Variations.ALL.stream().map(Deviation::id).toList()));
    }

    @Override
    public Backend open(BackendOptions options) {
        List<Deviation> chosen = new ArrayList<>();
        // Faults last: a variation that sets the same thing must not hide one.
        options.all("variation").forEach(id -> chosen.add(find("variation", id, Variations.ALL)));
        options.all("fault").forEach(id -> chosen.add(find("fault", id, Faults.ALL)));
        options.all("late").forEach(id -> chosen.add(find("late", id, LateFaults.ALL)));
        return new SimulatedBackend(Chip.load(options.get("chip", STANDARD_CHIP)), chosen);
    }

    private static Deviation find(String option, String id, List<? extends Deviation> all) {
        return all.stream()
                .filter(deviation -> deviation.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new HarnessException(
                        "no " + option + " '" + id + "'",
                        "option " + option + " of backend simulated",
                        "use one of " + all.stream().map(Deviation::id).toList()));
    }

    @Override
    public List<Entry> deviations() {
        List<Entry> all = new ArrayList<>();
        Faults.ALL.forEach(fault -> all.add(fault.described()));
        Variations.ALL.forEach(variation -> all.add(variation.described()));
        return all;
    }

    @Override
    public List<BackendOptions> devices() {
        return Chip.SHIPPED.stream()
                .map(chip -> BackendOptions.of(Map.of("chip", chip)))
                .toList();
    }
}
