"""The examples in the help of each command: a command line without ``convparity``, and its purpose.

A test runs them all.
"""

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        (
            "explain \"layers.Conv2D(32, 3, strides=2, padding='same')\" --input 3x224x224 --to torch",
            "Say what to write in PyTorch instead, and why. No framework has to be installed.",
        ),
        ("demo", "Open the report of a recorded run of all frameworks. Nothing has to be installed either."),
        ("run textbook --with all --html report.html", "Install all frameworks, run the textbook's layers and report."),
    ),
    "run": (
        ("run textbook --with onnxruntime", "Install ONNX Runtime, once for all projects, and run the layers in it."),
        ("run layers.toml --env torch=.venv --html out/report.html", "Run a catalog of your own in an environment."),
        ("run --env 'keras-*' --fail-on shifted,shape", "Run the project's catalogs in some of its environments."),
        ("run networks -k resnet --list", "List the layers and environments, and run nothing."),
        ("run textbook --predict --json -", "Predict, install nothing, and print the verdicts as JSON."),
    ),
    "observe": (
        ("observe torch=.venv layers.toml -o results/torch.jsonl", "Run one job of a CI matrix."),
        ("observe layers.toml --with onnxruntime==1.20.1 -o results/ort.jsonl", "Install its environment as well."),
    ),
    "report": (
        ("report results/*.jsonl --html report.html --junit report.xml", "Merge the files of several jobs."),
        ("report results/*.jsonl --expectations expectations.toml", "Fail only for divergences that are not expected."),
    ),
    "demo": (
        ("demo", "Open the report in the browser."),
        ("demo --no-open -o demo", "Write the report to demo/, and open nothing."),
    ),
    "explain": (
        (
            "explain \"layers.Conv2D(32, 3, strides=2, padding='same')\" --input 3x224x224 --to torch",
            "Say what to write in PyTorch instead; without --to, in every other framework.",
        ),
        ("explain --kernel 3 --stride 2 --padding 1 --input 8x8", "Give the numbers instead of a layer."),
        ("explain shifted", "Explain a verdict."),
    ),
    "compare": (
        (
            'compare "layers.Conv2D(8, 3, strides=2, padding=\'same\')" "nn.Conv2d(3, 8, 3, stride=2, padding=1)" '
            "--input 3x32x32",
            "Say where two lines differ, and what to write instead.",
        ),
    ),
    "stack": (
        (
            'stack "layers.Conv2D(8, 3, strides=2, padding=\'same\')" "layers.MaxPool2D(2)" --input 3x64x64 --to torch',
            "Say what to write in PyTorch for layers in a row, and how far the usual lines drift.",
        ),
    ),
    "figure utilisation": (
        (
            'figure utilisation "nn.Conv2d(1, 1, 1)" "nn.Conv2d(1, 1, 3)" --input 6x6 -o utilisation.pdf',
            "Draw how often each element is read by two layers.",
        ),
    ),
    "figure windows": (
        (
            'figure windows "nn.Conv2d(1, 1, 2, stride=3, padding=1)" --input 3x3 --at 1,1 --at 2,2 -o stride.svg',
            "Draw two windows of one layer.",
        ),
    ),
    "figure receptive": (
        (
            'figure receptive "nn.Conv2d(3, 64, 7, stride=2, padding=3)" "nn.MaxPool2d(3, 2, 1)" --input 3x224x224 '
            "--to tensorflow -o stem.svg",
            "Draw the receptive fields of two layers in a row, with those of the lines of Keras over them.",
        ),
    ),
    "figure drift": (
        (
            'figure drift "nn.Conv2d(3, 64, 7, stride=2, padding=3)" "nn.MaxPool2d(3, 2, 1)" --input 3x224x224 '
            "--to tensorflow,flax -o drift.png --dark",
            "Draw how far the lines that people write drift.",
        ),
    ),
    "figure matrix": (("figure matrix results.jsonl -o matrix.svg", "Draw the verdicts of a run."),),
    "port": (
        (
            "port \"layers.Conv2D(32, 3, strides=2, padding='same')\" --to torch --input 3x224x224",
            "Write the layer in PyTorch as a script, with the lines that carry its weights over.",
        ),
    ),
    "site": (
        ("site -o site", "Write the site to site/, for any web server."),
        ("site results/*.jsonl -o site", "Show results files as a matrix, beside that page."),
        ("site -o site --pyodide node_modules/pyodide", "Take Pyodide from a copy of your own; nothing is downloaded."),
    ),
    "repro": (
        (
            "repro layer-3-stride --adapters torch,keras",
            "Show how PyTorch and Keras differ in a layer.",
        ),
    ),
    "record": (("record torch:nets:make --input 1x3x224x224 -o recording", "Record the model of nets.make()."),),
    "layers": (
        ("layers torch:nets:make --input 1x3x224x224 -o net.cases.toml", "Write the layers of a model as a catalog."),
    ),
    "preflight": (
        (
            "preflight torch:nets:make --input 1x3x224x224 --to keras",
            "Say what a port to Keras has to heed.",
        ),
    ),
    "show": (("show report.html", "Open a report that was written earlier."),),
    "catalogs": (
        ("catalogs", "List the catalogs that come with convparity."),
        ("catalogs textbook", "List the layers of one of them."),
    ),
    "diff": (("diff old.jsonl new.jsonl --html diff.html", "Compare the runs of two versions of a framework."),),
    "versions": (
        (
            "versions keras-torch textbook --from 3.3",
            "Say which release of Keras changed which layer.",
        ),
        ("versions keras-jax==3.15.1 layers.toml --package jax --last 4", "Try the last releases of JAX instead."),
    ),
    "bisect": (
        (
            "bisect \"layers.Conv2DTranspose(5, 3, strides=2, padding='same')\" keras-torch --input 4x16x16",
            "Find the release of Keras that changed a layer on the torch backend, and write a script that shows it.",
        ),
    ),
    "plan": (
        ("plan layers.toml --jobs 3 --with torch", "Print the commands for three jobs, and the one that merges them."),
        ("plan layers.toml --jobs 3 --env torch=.venv --for slurm", "Print them for Slurm."),
    ),
    "hunt": (
        ("hunt keras-torch keras-jax tensorflow --minutes 10 -o hunt", "Compare Keras with itself on three backends."),
        ("hunt onnxruntime --op max_pool,avg_pool --layers 500 --seed 7", "Search the same 500 pools each time."),
    ),
    "lock": (("lock results/*.jsonl", "Write convparity.lock; `run --locked convparity.lock` compares with it."),),
    "expect update": (("expect update results.jsonl --expectations expectations.toml", "Record what diverges now."),),
    "envs add": (("envs add onnxruntime==1.20.1", "Install an environment before it is needed."),),
    "envs lock": (("envs lock", "Write convparity-environments.lock for the environments of pyproject.toml."),),
    "envs remove": (("envs remove onnxruntime==1.20.1", "Delete the environment of a request."),),
    "envs prune": (("envs prune --unused 30d", "Delete the environments that were not used for 30 days."),),
    "cache": (
        ("cache", "Show what is in the cache."),
        ("cache --clear", "Delete everything in it."),
    ),
    "schema": (("schema results", "Print the JSON Schema of results files."),),
    "check-adapter": (("check-adapter my_op.py", "Check an adapter of your own."),),
}
