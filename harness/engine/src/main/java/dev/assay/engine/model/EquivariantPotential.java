package dev.assay.engine.model;

import dev.assay.engine.model.Model.Potential;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// An equivariant potential on graphs of atoms, as MACE (arXiv 2206.07697): messages along edges are tensor products of
/// features and harmonics, and the forces are the gradient of the energy by the way back. Edges follow from cutoff and
/// density, so that every atom has as many neighbours as in a periodic box.
record EquivariantPotential(Model model) implements Architecture {
    private static final List<Phase> SYSTEMS = List.of(
            Phase.of(Phase.Kind.FORCES, 1, 192, 1, false),
            Phase.of(Phase.Kind.FORCES, 16, 192, 1, true),
            Phase.of(Phase.Kind.FORCES, 1, 1536, 1, true));

    /// Numbers of a graph that all parts need.
    private record Graph(Potential sizes, long channels, long atoms, long edges, int layers) {
        /// Highest degree of what an interaction reads: the first reads elements only.
        int in(int layer) {
            return layer == 0 ? 0 : sizes.degrees();
        }

        /// Of what it writes: the last writes energies only.
        int out(int layer) {
            return layer == layers - 1 ? 0 : sizes.degrees();
        }

        /// Products of degrees that messages are made of.
        long paths(int layer) {
            long paths = 0;
            for (int l1 = 0; l1 <= in(layer); l1++) {
                for (int l2 = 0; l2 <= sizes.harmonics(); l2++) {
                    paths += Math.max(0, Math.min(sizes.harmonics(), l1 + l2) - Math.abs(l1 - l2) + 1);
                }
            }
            return paths;
        }

        static long square(int degree) {
            return (degree + 1L) * (degree + 1L);
        }
    }

    @Override
    public List<Phase> phases(Request request) {
        return request.examples(SYSTEMS, false, model.name());
    }

    @Override
    public void run(Phase phase, Calls calls) {
        Potential sizes = Model.there(model.potential());
        Graph graph =
                new Graph(sizes, model.hidden(), phase.tokens(), phase.tokens() * sizes.neighbours(), model.layers());
        edges(phase, graph, calls);
        calls.linear("element embedding", 1, graph.atoms, graph.channels, sizes.elements(), false);
        for (int layer = 0; layer < graph.layers; layer++) {
            messages(graph, layer, calls);
            update(graph, layer, calls);
            readout(graph, layer, calls);
        }
        calls.call(
                "segment_reduce",
                Calls.STANDARD_FILL,
                "energies of atoms together",
                1,
                call -> call.input("data", calls.dense(graph.atoms))
                        .input("segment_ids", TensorSpec.of(DType.I64, graph.atoms))
                        .attribute("num_segments", phase.batch())
                        .attribute("sorted", 1));
        for (int layer = graph.layers - 1; layer >= 0; layer--) {
            back(graph, layer, calls);
        }
        calls.missing("radial_basis_grad", "radial functions, gradient", 1);
        calls.missing("spherical_harmonics_grad", "harmonics, gradient", 1);
        calls.call(
                "segment_reduce",
                Calls.STANDARD_FILL,
                "forces of edges together",
                2,
                call -> call.input("data", calls.dense(graph.edges, 3))
                        .input("segment_ids", TensorSpec.of(DType.I64, graph.edges))
                        .attribute("num_segments", graph.atoms));
    }

    private static void edges(Phase phase, Graph graph, Calls calls) {
        Potential sizes = graph.sizes;
        calls.call(
                "neighbour_list",
                Calls.STANDARD_FILL,
                "neighbours",
                phase.batch(),
                call -> call.input("positions", calls.dense(phase.fresh(), 3))
                        .input("box", calls.dense(3))
                        .attribute("cutoff", sizes.cutoff())
                        .attribute("max_neighbours", 2 * sizes.neighbours()));
        calls.call(
                "spherical_harmonics",
                Calls.STANDARD_FILL,
                "harmonics",
                1,
                call -> call.input("vectors", calls.dense(graph.edges, 3))
                        .attribute("lmax", sizes.harmonics())
                        .attribute("normalization", "component"));
        calls.call(
                "radial_basis",
                Calls.STANDARD_FILL,
                "radial functions",
                1,
                call -> call.input("r", calls.dense(graph.edges))
                        .attribute("cutoff", sizes.cutoff())
                        .attribute("num_basis", sizes.basis())
                        .attribute("p", sizes.polynomial()));
    }

    /// Equation 8: what neighbours send.
    private static void messages(Graph graph, int layer, Calls calls) {
        Potential sizes = graph.sizes;
        degrees("up projection", graph, graph.in(layer), calls);
        long width = sizes.basis();
        for (int i = 0; i < sizes.radialLayers(); i++) {
            calls.linear("radial weights, hidden layers", 1, graph.edges, sizes.radialWidth(), width, false);
            calls.activation("swish", false, "radial weights, activation", 1, graph.edges, sizes.radialWidth());
            width = sizes.radialWidth();
        }
        long paths = graph.paths(layer);
        calls.linear("radial weights, last layer", 1, graph.edges, paths * graph.channels, width, false);
        long read = Graph.square(graph.in(layer));
        long sent = Graph.square(sizes.harmonics());
        calls.call(
                "gather",
                Calls.MOVED_FILL,
                "features of senders",
                1,
                call -> call.input("data", calls.dense(graph.atoms, graph.channels, read))
                        .input("indices", TensorSpec.of(DType.I64, graph.edges)));
        calls.call(
                "tensor_product",
                Calls.STANDARD_FILL,
                "messages",
                1,
                call -> call.input("x", calls.dense(graph.edges, graph.channels, read))
                        .input("y", calls.dense(graph.edges, sent))
                        .input("weights", calls.dense(graph.edges, paths, graph.channels))
                        .attribute("lmax_in", graph.in(layer))
                        .attribute("lmax_edge", sizes.harmonics())
                        .attribute("lmax_out", sizes.harmonics()));
        calls.call(
                "segment_reduce",
                Calls.STANDARD_FILL,
                "messages together",
                1,
                call -> call.input("data", calls.dense(graph.edges, graph.channels, sent))
                        .input("segment_ids", TensorSpec.of(DType.I64, graph.edges))
                        .attribute("num_segments", graph.atoms));
    }

    /// Equations 9 to 11: products of messages, and what an atom keeps by its element.
    private static void update(Graph graph, int layer, Calls calls) {
        Potential sizes = graph.sizes;
        degrees("message projection", graph, sizes.harmonics(), calls);
        calls.missing("symmetric_contraction", "products of messages", 1);
        degrees("product projection", graph, graph.out(layer), calls);
        for (int degree = 0; degree <= Math.min(graph.in(layer), graph.out(layer)); degree++) {
            calls.weights(sizes.elements() * graph.channels * graph.channels);
            calls.groups(
                    "kept features",
                    1,
                    graph.atoms * (2L * degree + 1),
                    sizes.elements(),
                    graph.channels,
                    graph.channels);
        }
        Shape kept = Shape.of(graph.atoms, graph.channels, Graph.square(graph.out(layer)));
        calls.sum("kept features, sum", 1, kept, kept);
    }

    /// A linear layer for each degree, the same for all its orders.
    private static void degrees(String role, Graph graph, int highest, Calls calls) {
        for (int degree = 0; degree <= highest; degree++) {
            calls.linear(role, 1, graph.atoms * (2L * degree + 1), graph.channels, graph.channels, false);
        }
    }

    private static void readout(Graph graph, int layer, Calls calls) {
        if (layer < graph.layers - 1) {
            calls.linear("readout", 1, graph.atoms, 1, graph.channels, false);
            return;
        }
        calls.linear("last readout, hidden layer", 1, graph.atoms, graph.sizes.readout(), graph.channels, false);
        calls.activation("swish", false, "last readout, activation", 1, graph.atoms, graph.sizes.readout());
        calls.linear("last readout", 1, graph.atoms, 1, graph.sizes.readout(), false);
    }

    /// The way back through an interaction, for positions only: no weights are trained.
    private static void back(Graph graph, int layer, Calls calls) {
        Potential sizes = graph.sizes;
        long channels = graph.channels;
        if (layer == graph.layers - 1) {
            calls.turned("last readout, gradient", 1, graph.atoms, 1, sizes.readout());
            gradient("swish", "last readout, activation, gradient", graph.atoms, sizes.readout(), calls);
            calls.turned("last readout, hidden layer, gradient", 1, graph.atoms, sizes.readout(), channels);
        } else {
            calls.turned("readout, gradient", 1, graph.atoms, 1, channels);
        }
        turnedDegrees("product projection, gradient", graph, graph.out(layer), calls);
        calls.missing("symmetric_contraction_grad", "products of messages, gradient", 1);
        turnedDegrees("message projection, gradient", graph, sizes.harmonics(), calls);
        calls.call(
                "gather",
                Calls.MOVED_FILL,
                "gradients of messages",
                1,
                call -> call.input("data", calls.dense(graph.atoms, channels, Graph.square(sizes.harmonics())))
                        .input("indices", TensorSpec.of(DType.I64, graph.edges)));
        calls.missing("tensor_product_grad", "messages, gradient", 1);
        calls.turned(
                "radial weights, last layer, gradient",
                1,
                graph.edges,
                graph.paths(layer) * channels,
                sizes.radialWidth());
        for (int i = sizes.radialLayers() - 1; i >= 0; i--) {
            gradient("swish", "radial weights, activation, gradient", graph.edges, sizes.radialWidth(), calls);
            calls.turned(
                    "radial weights, hidden layers, gradient",
                    1,
                    graph.edges,
                    sizes.radialWidth(),
                    i == 0 ? sizes.basis() : sizes.radialWidth());
        }
        if (layer > 0) {
            // Elements do not depend on positions: the first interaction hands nothing back to atoms.
            calls.call(
                    "segment_reduce",
                    Calls.STANDARD_FILL,
                    "gradients of senders",
                    1,
                    call -> call.input("data", calls.dense(graph.edges, channels, Graph.square(graph.in(layer))))
                            .input("segment_ids", TensorSpec.of(DType.I64, graph.edges))
                            .attribute("num_segments", graph.atoms));
            turnedDegrees("up projection, gradient", graph, graph.in(layer), calls);
        }
    }

    private static void turnedDegrees(String role, Graph graph, int highest, Calls calls) {
        for (int degree = 0; degree <= highest; degree++) {
            calls.turned(role, 1, graph.atoms * (2L * degree + 1), graph.channels, graph.channels);
        }
    }

    private static void gradient(String operator, String role, long rows, long width, Calls calls) {
        calls.call(
                operator + "_grad",
                Calls.STANDARD_FILL,
                role,
                1,
                call -> call.input("dY", calls.dense(rows, width)).input("X", calls.dense(rows, width)));
    }
}
