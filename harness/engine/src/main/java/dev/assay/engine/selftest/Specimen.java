package dev.assay.engine.selftest;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Deviations;
import dev.assay.backend.Deviations.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// A device of an installed backend, as it is or with one deviation switched on.
///
/// @param device options that select the device
/// @param deviation empty for the plain device
public record Specimen(BackendProvider provider, BackendOptions device, Optional<Deviations.Entry> deviation) {

    /// Every device of a backend, plain.
    public static List<Specimen> plain(BackendProvider provider) {
        List<BackendOptions> devices =
                provider instanceof Deviations deviations ? deviations.devices() : List.of(BackendOptions.NONE);
        return devices.stream()
                .map(device -> new Specimen(provider, device, Optional.empty()))
                .toList();
    }

    /// Deviations of one kind on the device that opens without options, of all these backends.
    public static List<Specimen> all(Iterable<BackendProvider> providers, Kind kind) {
        List<Specimen> all = new ArrayList<>();
        for (BackendProvider provider : providers) {
            Specimen plain = new Specimen(provider, BackendOptions.NONE, Optional.empty());
            plain.entries(kind).forEach(entry -> all.add(plain.with(entry)));
        }
        return all;
    }

    /// What can be switched on.
    List<Deviations.Entry> entries(Kind kind) {
        return provider instanceof Deviations deviations
                ? deviations.deviations().stream()
                        .filter(entry -> entry.kind() == kind)
                        .toList()
                : List.of();
    }

    Specimen with(Deviations.Entry entry) {
        return new Specimen(provider, device, Optional.of(entry));
    }

    /// Whether it differs from the plain device where this operator is concerned.
    public boolean concerns(String operator) {
        return deviation.map(entry -> entry.operators().contains(operator)).orElse(true);
    }

    BackendOptions options() {
        SortedMap<String, String> values = new TreeMap<>(device.values());
        deviation.ifPresent(entry -> values.put(entry.kind() == Kind.FAULT ? "fault" : "variation", entry.id()));
        return new BackendOptions(values);
    }

    /// Empty where the backend has one device only.
    String chip() {
        return String.join(",", device.values().values());
    }

    /// Opens the device.
    public Backend open() {
        return provider.open(options());
    }

    @Override
    public String toString() {
        String options = options().toString();
        return options.isEmpty() ? provider.id() : provider.id() + ":" + options;
    }
}
