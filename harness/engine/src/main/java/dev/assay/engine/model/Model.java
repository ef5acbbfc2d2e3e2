package dev.assay.engine.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.assay.HarnessException;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// The numbers of a model, as its publisher states them: one file of `models/`. No shape stands here; all follow from
/// these.
///
/// @param name of the suite
/// @param description a sentence for `assay list suites`
/// @param sources where the numbers come from
/// @param kind what it reads and makes
/// @param dtype of activations and weights
/// @param quantization of the published weights of all layers but embedding, router and head; absent if there is none
/// @param parameters as published, to check the numbers by; absent where none is published exactly
/// @param layers in all
/// @param hidden width of the residual stream
/// @param norm of each layer
/// @param attention heads; absent for latent attention
/// @param latent attention with compressed keys and values
/// @param mlp of dense layers
/// @param experts of the other layers
/// @param rope rotary positions
/// @param vocabulary of a language model
/// @param image that a vision encoder reads
/// @param video that a diffusion model makes
/// @param training how it is trained; absent where only the way forward is run
/// @param pair representation of pairs of tokens
/// @param potential of atoms
/// @param field on a grid that a neural operator maps
/// @param weather of a globe
record Model(
        String name,
        String description,
        List<String> sources,
        Kind kind,
        String dtype,
        @Nullable Quantization quantization,
        @Nullable Double parameters,
        int layers,
        int hidden,
        @Nullable Norm norm,
        @Nullable Heads attention,
        @Nullable Latent latent,
        @Nullable Mlp mlp,
        @Nullable Experts experts,
        @Nullable Rope rope,
        @Nullable Vocabulary vocabulary,
        @Nullable Image image,
        @Nullable Video video,
        @Nullable Training training,
        @Nullable Pair pair,
        @Nullable Potential potential,
        @Nullable Field field,
        @Nullable Weather weather) {

    enum Kind {
        @JsonProperty("language")
        LANGUAGE,
        @JsonProperty("vision")
        VISION,
        @JsonProperty("video")
        VIDEO,
        @JsonProperty("protein_language")
        PROTEIN_LANGUAGE,
        @JsonProperty("pair")
        PAIR,
        @JsonProperty("potential")
        POTENTIAL,
        @JsonProperty("neural_operator")
        NEURAL_OPERATOR,
        @JsonProperty("weather")
        WEATHER
    }

    enum NormKind {
        @JsonProperty("rms")
        RMS,
        @JsonProperty("layer")
        LAYER
    }

    enum Routing {
        @JsonProperty("softmax")
        SOFTMAX,
        @JsonProperty("sigmoid_grouped")
        SIGMOID_GROUPED
    }

    /// @param dtype of weights, and of tokens before a product with them
    /// @param block sides of the squares of a weight, and channels of a token, that share a scale
    record Quantization(String dtype, int block) {}

    record Norm(NormKind kind, double epsilon) {}

    /// Attention whose keys and values are stored as they are.
    ///
    /// @param heads of the queries
    /// @param keyHeads of keys and values
    /// @param size of a head
    /// @param qkvBias whether queries, keys and values have a bias; outputBias: whether the output projection has
    /// @param qkNorm whether each head of queries and keys is normalised
    record Heads(int heads, int keyHeads, int size, boolean qkvBias, boolean outputBias, boolean qkNorm) {}

    /// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1).
    ///
    /// @param queryRank size of the compressed query
    /// @param keyRank size of what is cached for keys and values
    /// @param plain part of a key without positions
    /// @param rotated part of a key with positions
    /// @param value size of a value
    record Latent(int heads, int queryRank, int keyRank, int plain, int rotated, int value) {
        int key() {
            return plain + rotated;
        }
    }

    /// @param gated whether one half of the first product gates the other
    /// @param activation operator between the products
    record Mlp(int intermediate, boolean gated, boolean bias, String activation) {}

    /// @param experts of a layer
    /// @param active per token
    /// @param shared experts that every token passes
    /// @param denseLayers first layers, which have none
    /// @param router dtype of the router's product
    /// @param devices that share the experts of a layer where the publisher serves it
    record Experts(
            int experts,
            int active,
            int shared,
            int intermediate,
            int denseLayers,
            Routing routing,
            int groups,
            int activeGroups,
            String router,
            int devices) {}

    /// @param scaling how positions beyond the training length are reached
    record Rope(double theta, @Nullable Scaling scaling) {}

    /// @param kind `llama3` or `yarn`
    /// @param mscaleAllDim of YaRN: raises the scale of the scores; 0 if it does not
    record Scaling(String kind, double factor, int originalLength, double mscaleAllDim) {}

    /// @param tied whether the embedding is the head's weight too
    record Vocabulary(int size, boolean tied) {}

    /// @param size of a side in pixels; patch: side of a patch
    /// @param poolingHead whether a learnt query pools the patches
    record Image(int size, int patch, int channels, boolean poolingHead) {
        int patches() {
            return (size / patch) * (size / patch);
        }
    }

    /// A video in the latent space of its autoencoder.
    ///
    /// @param patch frames, height and width of what becomes a token
    record Video(
            int frames,
            int height,
            int width,
            int channels,
            int outputChannels,
            List<Integer> patch,
            int captionTokens,
            int captionWidth,
            int frequencyWidth) {
        /// Tokens of one moment.
        int spatial() {
            return ceil(height, patch.get(1)) * ceil(width, patch.get(2));
        }

        int temporal() {
            return ceil(frames, patch.getFirst());
        }

        int patchSize() {
            return patch.stream().mapToInt(Integer::intValue).reduce(1, Math::multiplyExact);
        }

        private static int ceil(int a, int b) {
            return Math.ceilDiv(a, b);
        }
    }

    /// A step of AdamW behind a micro-batch.
    ///
    /// @param epsilon added to the root; maxNorm: to which the norm of all gradients is clipped
    record Training(
            double learningRate, double beta1, double beta2, double epsilon, double weightDecay, double maxNorm) {}

    /// Pairs of tokens, each token with a representation of its own beside them (AlphaFold 3, Abramson et al., Nature
    /// 630, 2024, supplementary section 3).
    ///
    /// @param channels of a pair; hidden is that of a token
    /// @param heads of triangle attention, of size headSize
    /// @param transition how many times wider the hidden layers of transitions are
    /// @param alignments layers that read the sequences of an alignment, before the others
    /// @param sequences of the alignment, of alignmentChannels to a residue
    /// @param outer channels of the outer product
    /// @param alignmentHeads of size alignmentHeadSize that weigh sequences by pairs
    record Pair(
            int channels,
            int heads,
            int headSize,
            int transition,
            int alignments,
            int sequences,
            int alignmentChannels,
            int outer,
            int alignmentHeads,
            int alignmentHeadSize) {}

    /// An equivariant potential on graphs of atoms (MACE, arXiv 2206.07697). Hidden is its number of channels, layers
    /// are interactions.
    ///
    /// @param cutoff of edges, in ångström; density: atoms to a cubic ångström, from which their number follows
    /// @param basis radial functions, with a polynomial cutoff of this exponent
    /// @param radialWidth of the layers that make weights of them; radialLayers: how many
    /// @param harmonics highest degree of the harmonics of an edge
    /// @param degrees highest degree of what an atom carries between interactions
    /// @param elements that it knows; correlation: how many neighbours meet in a product
    /// @param readout width of the last readout
    record Potential(
            double cutoff,
            double density,
            int basis,
            int polynomial,
            int radialWidth,
            int radialLayers,
            int harmonics,
            int degrees,
            int elements,
            int correlation,
            int readout) {
        /// Within the cutoff of an atom.
        long neighbours() {
            return Math.round(4.0 / 3 * Math.PI * cutoff * cutoff * cutoff * density) - 1;
        }
    }

    /// A field on a square grid (Fourier neural operator, arXiv 2010.08895). Hidden is its number of channels.
    ///
    /// @param modes of each dimension that are kept
    /// @param inputs numbers at a point; outputs: numbers that come of it
    record Field(int modes, int inputs, int outputs) {}

    /// The air of a globe on a grid of latitudes, and twice as many longitudes (Pangu-Weather, arXiv 2211.02556).
    /// Hidden is the width of the outer blocks; the inner ones are twice as wide.
    ///
    /// @param levels of pressure, with variables each; surface: variables and constants at the ground
    /// @param surfaceOutputs variables of the ground that come of it
    /// @param patch levels, latitudes and longitudes of what becomes a token
    /// @param window of tokens that attend to each other
    /// @param outerBlocks before the inner blocks, and as many behind
    /// @param heads of the outer blocks; the inner ones have twice as many
    record Weather(
            int levels,
            int variables,
            int surface,
            int surfaceOutputs,
            List<Integer> patch,
            List<Integer> window,
            int outerBlocks,
            int innerBlocks,
            int heads) {}

    /// Exactly the parts that the kind of model needs.
    void check(String where) {
        boolean language = kind == Kind.LANGUAGE;
        boolean complete = layers > 0
                && hidden > 0
                && (language || kind == Kind.PROTEIN_LANGUAGE) == (vocabulary != null)
                && (kind == Kind.VISION) == (image != null)
                && (kind == Kind.VIDEO) == (video != null)
                && (kind == Kind.PAIR) == (pair != null)
                && (kind == Kind.POTENTIAL) == (potential != null)
                && (kind == Kind.NEURAL_OPERATOR) == (field != null)
                && (kind == Kind.WEATHER) == (weather != null)
                && needsAttention() == ((attention != null) != (latent != null))
                && (kind == Kind.POTENTIAL || kind == Kind.NEURAL_OPERATOR || norm != null)
                && (kind == Kind.POTENTIAL || kind == Kind.PAIR || mlp != null)
                && (language || (latent == null && experts == null));
        if (!complete) {
            throw new HarnessException(
                    "parts of the model are missing or do not go together",
                    where,
                    "give either attention or latent, and the part of its kind, such as vocabulary, image or pair");
        }
        boolean trained =
                training == null || (vocabulary != null && latent == null && experts == null && quantization == null);
        if (!trained) {
            throw new HarnessException(
                    "training steps are made of dense models of language only", where, "leave the part training out");
        }
    }

    private boolean needsAttention() {
        return switch (kind) {
            case LANGUAGE, VISION, VIDEO, PROTEIN_LANGUAGE, PAIR -> true;
            case POTENTIAL, NEURAL_OPERATOR, WEATHER -> false;
        };
    }

    OptionalDouble published() {
        return parameters == null ? OptionalDouble.empty() : OptionalDouble.of(parameters);
    }

    /// A part that [#check] has seen.
    static <T> T there(@Nullable T part) {
        return java.util.Objects.requireNonNull(part);
    }
}
