package dev.assay.engine.model;

import java.util.List;

/// How the numbers of a model become calls.
interface Architecture {

    /// What the model does on request.
    List<Phase> phases(Request request);

    /// Takes down every call of a phase, in the order of the model.
    void run(Phase phase, Calls calls);

    static Architecture of(Model model) {
        return switch (model.kind()) {
            case LANGUAGE -> new LanguageModel(model);
            case VISION -> new VisionEncoder(model);
            case VIDEO -> new VideoTransformer(model);
            case PROTEIN_LANGUAGE -> new ProteinModel(model);
            case PAIR -> new PairBlocks(model);
            case POTENTIAL -> new EquivariantPotential(model);
            case NEURAL_OPERATOR -> new NeuralOperator(model);
            case WEATHER -> new WeatherTransformer(model);
        };
    }
}
