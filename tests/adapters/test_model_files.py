"""Files of models: a good one is recorded, and a damaged or hostile one is one clear error that executes nothing."""

import io
import json
import resource
import sys
import zipfile

import numpy as np
import pytest
from convparity.adapters.models.recorder import NotAModel
from convparity.adapters.models.recording import Recording
from convparity.adapters.registry import recorder_class

KERAS = {"tensorflow", "keras-torch", "keras-jax"}
GROWTH = 300 * 2**20  # bytes that reading a small hostile file may take


def _save_torch(adapter, path):
    torch, nn = adapter.torch, adapter.torch.nn
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU()).eval()
    torch.export.save(torch.export.export(net, (torch.zeros(1, 3, 16, 16),)), str(path))
    return lambda x: net(torch.from_numpy(x)).detach().numpy()


def _save_keras(adapter, path):
    keras = adapter.keras
    x = keras.Input((16, 16, 3))
    y = keras.layers.Conv2D(8, 3, strides=2, padding="same")(x)
    net = keras.Model(x, keras.layers.ReLU()(keras.layers.BatchNormalization()(y)))
    net.save(str(path))
    return lambda x: np.moveaxis(keras.ops.convert_to_numpy(net(np.moveaxis(x, 1, -1), training=False)), -1, 1)


def _save_lite(adapter, path):
    import tensorflow

    keras = adapter.keras
    x = keras.Input((16, 16, 3), batch_size=1)
    y = keras.layers.ReLU(6.0)(keras.layers.Conv2D(8, 3, strides=2, padding="same", name="stem")(x))
    y = keras.layers.MaxPooling2D(2)(keras.layers.DepthwiseConv2D(3, activation="relu")(y))
    net = keras.Model(x, keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(y)))
    path.write_bytes(tensorflow.lite.TFLiteConverter.from_keras_model(net).convert())
    return lambda x: keras.ops.convert_to_numpy(net(np.moveaxis(x, 1, -1), training=False))


def _onnx(adapter):
    helper, random = adapter.helper, np.random.RandomState(1)
    parts = [
        adapter.onnx.numpy_helper.from_array(random.uniform(0.5, 1.5, shape).astype("f4"), name)
        for name, shape in (("w", (8, 3, 3, 3)), *((name, (8,)) for name in "bstmv"))
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["a"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["a", "s", "t", "m", "v"], ["c"]),
        helper.make_node("Relu", ["c"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", [1, 3, 16, 16]), ("y", [1, 8, 8, 8]))]
    graph = helper.make_graph(nodes, "net", ends[:1], ends[1:], parts)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _save_onnx(adapter, path):
    model = _onnx(adapter)
    adapter.onnx.save(model, str(path))
    session = adapter.runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0]


SAVED = {"torch": {".pt2": _save_torch}, "onnxruntime": {".onnx": _save_onnx}}
SAVED.update({name: {".keras": _save_keras, ".h5": _save_keras} for name in KERAS})
SAVED["tensorflow"] = {**SAVED["tensorflow"], ".tflite": _save_lite}
ENDINGS = (".pt2", ".keras", ".h5", ".onnx", ".tflite")
OF_LITE = ["conv", "activation", "conv", "activation", "max_pool", "mean", "dense"]


@pytest.fixture
def read(adapter, tmp_path):
    """Return the model in a file, as a recorder of this framework reads it."""
    return recorder_class(adapter.name)(adapter, tmp_path / "recording").load


@pytest.fixture(params=ENDINGS)
def ending(adapter, request):
    if request.param not in SAVED.get(adapter.name, {}):
        pytest.skip(f"{adapter.title} does not read {request.param}")
    return request.param


def _refused(read, path, *words):
    with pytest.raises(NotAModel) as refusal:
        read(path)
    said = str(refusal.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    assert len(said) < 600
    assert all(word in said for word in words), said


def test_a_model_in_a_file_is_recorded_as_its_framework_runs_it(adapter, tmp_path, ending):
    path = tmp_path / f"net{ending}"
    run = SAVED[adapter.name][ending](adapter, path)
    x = np.random.RandomState(0).standard_normal((1, 3, 16, 16)).astype(np.float32)
    recorder = recorder_class(adapter.name)(adapter, tmp_path / "recording")
    given = np.moveaxis(x, 1, -1) if adapter.channels_last else x
    recorder.record(recorder.load(path), {"": given}, {"model": str(path)})
    recording = Recording(tmp_path / "recording")
    kinds = OF_LITE if ending == ".tflite" else ["conv", "batch_norm", "activation"]
    assert [call.kind for call in recording.calls] == kinds
    assert recording.array(recording.calls[0].weights["kernel"]).shape == (8, 3, 3, 3)
    assert np.allclose(recording.canonical(recording.outputs[0]), run(x), atol=1e-5)


@pytest.mark.parametrize("kept", [0, 3, 0.3, 0.99])
def test_a_truncated_file_is_one_clear_error(adapter, tmp_path, read, ending, kept):
    path = tmp_path / f"net{ending}"
    SAVED[adapter.name][ending](adapter, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(kept * len(whole))])
    _refused(read, path)


def test_text_instead_of_a_model_is_one_clear_error(tmp_path, read, ending):
    path = tmp_path / f"net{ending}"
    path.write_text("version https://git-lfs.github.com/spec/v1\n")
    _refused(read, path)


def _rewritten(path, change):
    """Write an archive anew, with the files that ``change`` returns for its files, by name."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in change(files).items():
            archive.writestr(name, content)


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "a/../../outside", "..\\outside", "C:/outside"])
def test_an_archive_with_a_path_outside_itself_is_refused(adapter, tmp_path, read, ending, name):
    path = tmp_path / f"net{ending}"
    SAVED[adapter.name][ending](adapter, path)
    if not zipfile.is_zipfile(path):
        pytest.skip(f"{ending} is no archive")
    _rewritten(path, lambda files: {**files, name: b"x"})
    _refused(read, path, "outside of itself")


class TestKeras:
    @pytest.fixture(autouse=True)
    def _only_keras(self, adapter):
        if adapter.name not in KERAS:
            pytest.skip("files of Keras")

    @pytest.mark.parametrize("ending", [".keras", ".h5"])
    def test_a_lambda_layer_is_refused_and_not_executed(self, adapter, tmp_path, read, ending):
        layers, path, trace = adapter.keras.layers, tmp_path / f"net{ending}", tmp_path / "executed"
        x = adapter.keras.Input((8, 8, 3))

        def function(tensor, place=str(trace)):
            open(place, "w").close()
            return tensor

        adapter.keras.Model(x, layers.Lambda(function, name="mine")(layers.Conv2D(2, 3)(x))).save(str(path))
        trace.unlink()  # Keras called the function when the model was made
        _refused(read, path, "'mine' is a Lambda", "LABEL:module:function")
        assert not trace.exists()

    @pytest.mark.parametrize(
        "thing", [("os", "system"), ("keras.utils", "get_file"), ("keras.src.saving", "load_model")]
    )
    def test_a_function_that_is_no_part_of_a_network_is_refused(self, adapter, tmp_path, read, thing):
        path = tmp_path / "net.keras"
        _save_keras(adapter, path)
        module, name = thing
        function = {"module": module, "class_name": "function", "config": name, "registered_name": name}

        def change(files):
            config = json.loads(files["config.json"])
            config["config"]["layers"][1]["config"]["activation"] = function
            return {**files, "config.json": json.dumps(config)}

        _rewritten(path, change)
        _refused(read, path, module)

    def test_a_configuration_that_is_nested_deeply_is_refused(self, adapter, tmp_path, read):
        path = tmp_path / "net.keras"
        _save_keras(adapter, path)
        _rewritten(path, lambda files: {**files, "config.json": "[" * 200_000})
        _refused(read, path, "nested too deeply")

    def test_weights_without_a_model_are_refused(self, adapter, tmp_path, read):
        import h5py

        with h5py.File(tmp_path / "net.h5", "w") as file:
            file["kernel"] = np.ones((3, 3))
        _refused(read, tmp_path / "net.h5", "perhaps only weights")


class TestLite:
    @pytest.fixture(autouse=True)
    def _only_tensorflow(self, adapter):
        if adapter.name != "tensorflow":
            pytest.skip("files of TensorFlow Lite")

    def test_each_layer_has_its_own_output_before_the_activation_that_was_fused_into_it(self, adapter, tmp_path):
        _save_lite(adapter, tmp_path / "net.tflite")
        x = np.random.RandomState(0).standard_normal((1, 16, 16, 3)).astype(np.float32)
        recorder = recorder_class("tensorflow")(adapter, tmp_path / "rec")
        recorder.record(recorder.load(tmp_path / "net.tflite"), {"": x}, {"model": "net.tflite"})
        recording = Recording(tmp_path / "rec")
        stem, relu6, depthwise = recording.calls[:3]
        assert (stem.settings["pads"], stem.settings["word"], stem.settings["groups"]) == ([[0, 1], [0, 1]], "same", 1)
        assert (depthwise.settings["groups"], depthwise.settings["kernel"]) == (8, [3, 3])
        assert relu6.settings["form"] == "relu6"
        padded = np.pad(np.moveaxis(x, -1, 1).astype(float), ((0, 0), (0, 0), (0, 1), (0, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))[:, :, ::2, ::2]
        y = np.einsum("nchwij,ocij->nohw", windows, recording.array(stem.weights["kernel"]).astype(float))
        assert y.min() < 0
        assert np.allclose(recording.canonical(stem.outputs[0]), y, atol=1e-5)
        assert np.allclose(recording.canonical(relu6.outputs[0]), np.clip(y, 0, 6), atol=1e-5)
        with pytest.raises(NotAModel, match="none of their operators by itself"):
            recorder.replay([0], {recording.inputs[0]: x}, stem.outputs, {})

    def test_a_quantized_model_is_refused(self, adapter, tmp_path, read):
        import tensorflow

        keras = adapter.keras
        x = keras.Input((8, 8, 2), batch_size=1)
        converter = tensorflow.lite.TFLiteConverter.from_keras_model(keras.Model(x, keras.layers.Conv2D(4, 3)(x)))
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: iter([[np.ones((1, 8, 8, 2), np.float32)]])
        (tmp_path / "net.tflite").write_bytes(converter.convert())
        _refused(read, tmp_path / "net.tflite", "is quantized")


class _Executed:
    """Writes a file when it is unpickled."""

    def __init__(self, place):
        self.place = str(place)

    def __reduce__(self):
        return open, (self.place, "w")


class TestTorch:
    @pytest.fixture(autouse=True)
    def _only_torch(self, adapter):
        if adapter.name != "torch":
            pytest.skip("files of PyTorch")

    def test_a_pickle_in_the_archive_is_not_unpickled(self, adapter, tmp_path, read):
        path, trace = tmp_path / "net.pt2", tmp_path / "executed"
        _save_torch(adapter, path)
        pickled = io.BytesIO()
        adapter.torch.save((_Executed(trace),), pickled)
        inputs = {"net/data/sample_inputs/model.pt": pickled.getvalue()}
        _rewritten(path, lambda files: {**files, **inputs})
        _refused(read, path)
        assert not trace.exists()

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("torch.ops.aten.conv2d.default", "torch.hub.load"),
            ("torch.ops.aten.conv2d.default", "torch.ops.aten.from_file.default"),
            ('"as_int": 16', '"as_expr": {"expr_str": "exec(chr(112))", "hint": null}'),
            ('"forward_arg_names": ["input"]', '"forward_arg_names": ["x=print()"]'),
            ('\\"context\\": \\"null\\"', '\\"context\\": \\"{\\\\\\"__enum__\\\\\\": 1}\\"'),
            ('"use_pickle": false', '"use_pickle": true'),
        ],
    )
    def test_a_name_that_would_execute_code_is_refused(self, adapter, tmp_path, read, old, new):
        path = tmp_path / "net.pt2"
        _save_torch(adapter, path)
        done = []

        def change(files):
            texts = {name: text.decode() for name, text in files.items() if name.endswith(".json")}
            done.extend(name for name, text in texts.items() if old in text)
            return {**files, **{name: text.replace(old, new) for name, text in texts.items()}}

        _rewritten(path, change)
        assert done
        _refused(read, path, "may execute code")

    def test_a_compiled_library_in_the_archive_is_refused(self, adapter, tmp_path, read):
        path = tmp_path / "net.pt2"
        _save_torch(adapter, path)
        _rewritten(path, lambda files: {**files, "net/data/aotinductor/model/code.so": b"\x7fELF"})
        _refused(read, path, "code.so", "may execute code")

    def test_the_calls_of_an_exported_program_are_those_of_the_module(self, adapter, tmp_path):
        torch, nn = adapter.torch, adapter.torch.nn

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.GELU(), nn.AvgPool2d(2, 2, 1))
                self.up, self.head = nn.Upsample(scale_factor=2, mode="bilinear"), nn.Linear(8, 4)

            def forward(self, x):
                y = self.up(self.body(x))
                return torch.softmax(self.head((y + y * 2).mean((2, 3))), 1)

        net, x = Net().eval(), np.random.RandomState(0).standard_normal((1, 3, 16, 16)).astype(np.float32)
        path = tmp_path / "net.pt2"
        torch.export.save(torch.export.export(net, (torch.zeros(1, 3, 16, 16),)), str(path))
        recordings = []
        for name in ("live", "exported"):
            recorder = recorder_class("torch")(adapter, tmp_path / name)
            recorder.record(net if name == "live" else recorder.load(path), {"": x}, {})
            recordings.append(Recording(tmp_path / name))
        live, exported = ([(c.kind, c.path, c.settings, c.later) for c in r.calls] for r in recordings)
        assert exported == live
        assert np.array_equal(*(r.array(r.outputs[0]) for r in recordings))

    def test_a_model_that_was_exported_in_training_is_refused(self, adapter, tmp_path, read):
        torch, nn = adapter.torch, adapter.torch.nn
        net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
        torch.export.save(torch.export.export(net, (torch.zeros(2, 3, 8, 8),)), str(tmp_path / "net.pt2"))
        recorder = recorder_class("torch")(adapter, tmp_path / "recording")
        with pytest.raises(NotAModel, match=r"batch_norm trains; call model\.eval\(\)"):
            recorder.record(recorder.load(tmp_path / "net.pt2"), {"": np.ones((2, 3, 8, 8), "f4")}, {})

    def test_a_model_for_any_batch_is_read(self, adapter, tmp_path, read):
        torch, net = adapter.torch, adapter.torch.nn.Conv2d(3, 4, 3)
        sizes = ({0: torch.export.Dim("batch", min=1, max=64)},)
        exported = torch.export.export(net.eval(), (torch.zeros(2, 3, 8, 8),), dynamic_shapes=sizes)
        torch.export.save(exported, str(tmp_path / "net.pt2"))
        assert read(tmp_path / "net.pt2")(torch.zeros(5, 3, 8, 8)).shape == (5, 4, 6, 6)


class TestOnnx:
    @pytest.fixture(autouse=True)
    def _only_onnx(self, adapter):
        if adapter.name != "onnxruntime":
            pytest.skip("files of ONNX")

    @pytest.fixture
    def bounded(self):
        """Fail if the test made this process grow by more than a small file may."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield
        unit = 1 if sys.platform == "darwin" else 1024
        assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit < GROWTH

    @pytest.mark.usefixtures("bounded")
    @pytest.mark.parametrize(
        "content",
        [
            b"\x3a\xff\xff\xff\xff\x07",  # a graph of 2 GB, by its own account
            b"\x08\xff\xff\xff\xff\x0f" * 100,
            b"\x3a\x80\x80\x80\x80\x00" * 100_000,
        ],
    )
    def test_a_damaged_file_is_one_clear_error(self, tmp_path, read, content):
        (tmp_path / "net.onnx").write_bytes(content)
        _refused(read, tmp_path / "net.onnx")

    @pytest.mark.usefixtures("bounded")
    def test_graphs_that_are_nested_deeply_are_refused(self, tmp_path, read):
        def field(number, content):
            size, length = len(content), b""
            while size > 127:
                length, size = length + bytes([size & 127 | 128]), size >> 7
            return bytes([number << 3 | 2]) + length + bytes([size]) + content

        graph = b""
        for _ in range(2000):  # a graph with a node with an attribute that is a graph
            graph = field(1, field(5, field(6, graph)))
        (tmp_path / "net.onnx").write_bytes(field(7, graph))
        _refused(read, tmp_path / "net.onnx")

    @pytest.mark.usefixtures("bounded")
    @pytest.mark.parametrize("where", ["net.onnx.data", "../outside", "/etc/hostname"])
    def test_a_tensor_that_claims_2_gb_in_another_file_is_refused(self, adapter, tmp_path, read, where):
        model = _onnx(adapter)
        (tmp_path / "net.onnx.data").write_bytes(b"\0" * 64)
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.dims[:] = [2**29]
        tensor.data_location = adapter.onnx.TensorProto.EXTERNAL
        for key, value in (("location", where), ("length", str(2**31))):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
        (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
        _refused(read, tmp_path / "net.onnx")

    @pytest.mark.usefixtures("bounded")
    def test_a_tensor_that_claims_2_gb_and_has_none_is_refused(self, adapter, tmp_path, read):
        model = _onnx(adapter)
        model.graph.initializer[0].dims[:] = [2**29]
        (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
        _refused(read, tmp_path / "net.onnx")

    def test_weights_in_a_file_beside_the_model_are_read(self, adapter, tmp_path, read):
        model, path = _onnx(adapter), tmp_path / "net.onnx"
        expected = adapter.onnx.numpy_helper.to_array(model.graph.initializer[0])
        adapter.onnx.save(model, str(path), save_as_external_data=True, location="net.data", size_threshold=0)
        assert np.array_equal(adapter.onnx.numpy_helper.to_array(read(path).graph.initializer[0]), expected)
