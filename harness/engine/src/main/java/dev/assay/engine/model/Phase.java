package dev.assay.engine.model;

import java.util.List;

/// What a model does at once.
///
/// @param kind what is done
/// @param batch sequences, images, videos or other examples
/// @param fresh tokens of each that are new; of examples of science their size
/// @param cached tokens of each that came before
/// @param devices that share each layer
/// @param expertDevices that share the experts of a layer, each of which brings as many tokens; 1 if each has a part
///     of all experts
/// @param releaseOnly whether only `--release` runs it
public record Phase(Kind kind, int batch, int fresh, int cached, int devices, int expertDevices, boolean releaseOnly) {
    /// Kinds of work.
    public enum Kind {
        /// One new token for each sequence.
        DECODE,
        /// All tokens of a prompt.
        PREFILL,
        /// An image.
        ENCODE,
        /// One step of a diffusion.
        DENOISE,
        /// A training step: the way forward and back, and the optimizer's.
        TRAINING,
        /// Sequences of residues.
        RESIDUES,
        /// Representations of pairs of tokens.
        PAIRS,
        /// Energy of atoms and forces on them.
        FORCES,
        /// A field on a grid.
        FIELD,
        /// The weather of a globe.
        FORECAST
    }

    /// Training steps of language models: one that is small, and lengths and devices as they are trained with.
    static final List<Phase> TRAINING = List.of(
            of(Kind.TRAINING, 1, 512, 8, false),
            of(Kind.TRAINING, 1, 4096, 1, true),
            of(Kind.TRAINING, 1, 8192, 2, true),
            of(Kind.TRAINING, 1, 16384, 4, true),
            of(Kind.TRAINING, 1, 32768, 8, true));

    /// Work on examples of one size.
    static Phase of(Kind kind, int batch, int size, int devices, boolean releaseOnly) {
        return new Phase(kind, batch, size, 0, devices, 1, releaseOnly);
    }

    long tokens() {
        return (long) batch * fresh;
    }

    /// As people read it: `decode of 16 after 1023`.
    public String label() {
        String what = switch (kind) {
            case DECODE -> "decode of " + batch + " after " + cached;
            case PREFILL -> "prefill of " + batch + " x " + fresh;
            case ENCODE -> "encoding of " + batch + " x " + fresh + " patches";
            case DENOISE -> "denoising step of " + batch + " x " + fresh + " tokens";
            case TRAINING -> "training step of " + batch + " x " + fresh + " tokens";
            case RESIDUES -> "encoding of " + batch + " x " + fresh + " residues";
            case PAIRS -> "pair blocks of " + batch + " x " + fresh + " tokens";
            case FORCES -> "energy and forces of " + batch + " x " + fresh + " atoms";
            case FIELD -> "field of " + batch + " x " + fresh + " x " + fresh + " points";
            case FORECAST -> "forecast of " + batch + " x " + fresh + " latitudes";
        };
        what = devices == 1 ? what : what + " on one of " + devices + " devices";
        return expertDevices == 1 ? what : what + " (experts on " + expertDevices + " devices)";
    }
}
