package dev.assay.engine.model;

import dev.assay.HarnessException;
import dev.assay.engine.model.Model.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a model is to be run. What is left empty has standard values.
///
/// @param batch sequences at once
/// @param prefill tokens of a prompt
/// @param decode tokens in the cache when the next one is made
/// @param devices that share each layer (tensor parallelism)
/// @param expertDevices that share the experts of a layer (expert parallelism)
/// @param size of each example: tokens of a sequence in training, residues, atoms, points along a side
public record Request(
        Optional<Integer> batch,
        Optional<Integer> prefill,
        Optional<Integer> decode,
        Optional<Integer> devices,
        Optional<Integer> expertDevices,
        Optional<Integer> size) {
    /// Nothing asked for.
    public static final Request STANDARD = new Request(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /// All of a model on one device.
    static final Request ONE_DEVICE = new Request(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(1), Optional.empty(), Optional.empty());

    private static final int MOST_DEVICES = 1024;
    private static final int MOST = 1 << 20;
    /// With the new token one key more: the last page of a cache is partly in use.
    private static final int SHORT_CACHE = 1000;

    private static final int LONG_CACHE = 8000;
    private static final List<Integer> BATCHES = List.of(1, 16);
    private static final int LARGE_BATCH = 64;
    private static final List<Integer> PROMPTS = List.of(128, 512);
    private static final List<Integer> LONG_PROMPTS = List.of(2048, 8192);

    public Request {
        within(batch, MOST, "--batch");
        within(prefill, MOST, "--prefill");
        within(decode, MOST, "--decode");
        within(devices, MOST_DEVICES, "--tp");
        within(expertDevices, MOST_DEVICES, "--ep");
        within(size, MOST, "--size");
    }

    private static void within(Optional<Integer> given, int most, String option) {
        given.filter(value -> value < 1 || value > most).ifPresent(value -> {
            throw new HarnessException("'" + value + "'", option, "give a number from 1 to " + most);
        });
    }

    public boolean isStandard() {
        return equals(STANDARD);
    }

    /// As on the command line: ` --batch 16 --tp 8`, empty if nothing was asked for.
    public String words() {
        StringBuilder words = new StringBuilder();
        batch.ifPresent(value -> words.append(" --batch ").append(value));
        prefill.ifPresent(value -> words.append(" --prefill ").append(value));
        decode.ifPresent(value -> words.append(" --decode ").append(value));
        devices.ifPresent(value -> words.append(" --tp ").append(value));
        expertDevices.ifPresent(value -> words.append(" --ep ").append(value));
        size.ifPresent(value -> words.append(" --size ").append(value));
        return words.toString();
    }

    /// What a language model does.
    ///
    /// @param experts of the model, if it has any
    List<Phase> languagePhases(Optional<Model.Experts> experts, String model) {
        if (size.isPresent()) {
            throw new HarnessException(
                    model + " reads prompts, and is not trained here: it has no examples of a size",
                    "--size " + size.get(),
                    "give --prefill or --decode, or name a model that has: " + Models.sized());
        }
        int shared = devices.orElse(1);
        int experting = experts.map(some -> expertDevices.orElse(devices.isPresent() ? 1 : some.devices()))
                .orElse(1);
        if (experts.isEmpty() && expertDevices.isPresent()) {
            throw new HarnessException(model + " has no experts", "--ep", "leave it out; --tp shares its layers");
        }
        if (experting > 1 && experting % shared != 0) {
            throw new HarnessException(
                    experting + " devices share the experts, and " + shared + " of them each layer",
                    "--ep " + experting,
                    "give a multiple of " + shared);
        }
        return standard(new Phase(Phase.Kind.DECODE, 1, 1, 0, shared, experting, false));
    }

    /// What a model does that reads images or makes videos.
    ///
    /// @param tokens of each
    List<Phase> phases(Kind kind, int tokens, String model) {
        without(model, "what it reads has " + tokens + " tokens; --batch and --tp can be given");
        if (size.isPresent()) {
            throw new HarnessException("what " + model + " reads has " + tokens + " tokens", "--size", "leave it out");
        }
        int shared = devices.orElse(1);
        Phase.Kind what = kind == Kind.VISION ? Phase.Kind.ENCODE : Phase.Kind.DENOISE;
        List<Phase> phases = new ArrayList<>();
        phases.add(new Phase(what, batch.orElse(1), tokens, 0, shared, 1, false));
        if (batch.isEmpty()) {
            phases.add(new Phase(what, kind == Kind.VISION ? BATCHES.getLast() : 2, tokens, 0, shared, 1, true));
        }
        return phases;
    }

    /// What a model does with examples that have a size: the standard ones, or each kind of work on those asked for.
    ///
    /// @param shares whether devices can share it
    List<Phase> examples(List<Phase> standard, boolean shares, String model) {
        without(model, "--batch, --size" + (shares ? " and --tp" : "") + " can be given");
        if (!shares && devices.orElse(1) > 1) {
            throw new HarnessException(
                    model + " is not shared by devices", "--tp " + devices.orElse(1), "leave it out");
        }
        if (batch.isEmpty() && size.isEmpty()) {
            return standard.stream()
                    .map(one -> Phase.of(
                            one.kind(), one.batch(), one.fresh(), devices.orElse(one.devices()), one.releaseOnly()))
                    .toList();
        }
        List<Phase> phases = new ArrayList<>();
        for (Phase one : standard) {
            if (phases.stream().noneMatch(other -> other.kind() == one.kind())) {
                phases.add(Phase.of(one.kind(), batch.orElse(1), size.orElse(one.fresh()), devices.orElse(1), false));
            }
        }
        return phases;
    }

    private void without(String model, String instead) {
        if (prefill.isPresent() || decode.isPresent() || expertDevices.isPresent()) {
            throw new HarnessException(
                    model + " reads no prompts and has no experts",
                    prefill.isPresent() ? "--prefill" : decode.isPresent() ? "--decode" : "--ep",
                    "leave it out: " + instead);
        }
    }

    private List<Phase> standard(Phase one) {
        List<Phase> phases = new ArrayList<>();
        boolean lengths = prefill.isPresent() || decode.isPresent();
        decode.ifPresent(length -> phases.add(decoding(one, batch.orElse(1), length, false)));
        prefill.ifPresent(length -> phases.add(reading(one, batch.orElse(1), length, false)));
        if (lengths) {
            return phases;
        }
        for (int sequences : batch.map(List::of).orElse(BATCHES)) {
            phases.add(decoding(one, sequences, SHORT_CACHE, false));
        }
        PROMPTS.forEach(length -> phases.add(reading(one, batch.orElse(1), length, false)));
        if (batch.isEmpty()) {
            phases.add(decoding(one, LARGE_BATCH, SHORT_CACHE, true));
            phases.add(decoding(one, 1, LONG_CACHE, true));
            LONG_PROMPTS.forEach(length -> phases.add(reading(one, 1, length, true)));
        }
        return phases;
    }

    private static Phase decoding(Phase one, int batch, int cached, boolean release) {
        return new Phase(Phase.Kind.DECODE, batch, 1, cached, one.devices(), one.expertDevices(), release);
    }

    private static Phase reading(Phase one, int batch, int length, boolean release) {
        return new Phase(Phase.Kind.PREFILL, batch, length, 0, one.devices(), one.expertDevices(), release);
    }
}
