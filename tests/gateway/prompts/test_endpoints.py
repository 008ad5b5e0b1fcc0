from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from gateway.prompts.suggestions import Language
from tests.fakes.toy_pipeline import write_toy_tokenizer
from tests.gateway.jobs.test_endpoints import BODY, create, until_status


async def get(client, path, **params):
    answer = await client.get(f"/v1/prompts/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client, path, body, status=200):
    answer = await client.post(f"/v1/prompts/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


class TestTemplates:
    @pytest.mark.parametrize(
        ("name", "values", "prompt"),
        [
            (
                "professional-portrait",
                {"subject": "baker"},
                "professional portrait of a baker, studio lighting, 85mm lens, f/1.4, sharp focus, 4k",
            ),
            (
                "cinematic-landscape",
                {"location": "the Azores"},
                "breathtaking landscape of the Azores, golden hour, dramatic clouds, ultra wide angle, 4k",
            ),
            (
                "product-photo",
                {"product": "{a|b} chair"},
                "{a|b} chair on white background, studio lighting, commercial photography, 4k",
            ),
            ("icon", {"color": "green"}, "a green apple, noto style"),
            ("mixture", {"first": "cat", "second": "dog", "share": 0.25}, "[cat:dog:0.25], detailed"),
        ],
    )
    async def test_places_are_filled(self, client, name, values, prompt):
        assert name in [template["name"] for template in await get(client, "templates")]
        assert (await post(client, f"templates/{name}/fill", {"values": values}))["prompt"] == prompt

    @pytest.mark.parametrize(
        ("name", "values", "message"),
        [
            ("product-photo", {}, "values.product: is missing; expected a text of 1 to 500 characters"),
            ("icon", {"color": "beige"}, "values.color: 'beige' is not allowed; expected one of red, orange"),
            ("mixture", {"first": "a", "second": "b", "share": 2}, "expected a number from 0.1 to 0.9"),
            ("icon", {"colour": "red"}, "values.colour: no place of this template; it has color, subject, style"),
        ],
    )
    async def test_a_value_that_is_not_allowed_is_named(self, client, name, values, message):
        problem = await post(client, f"templates/{name}/fill", {"values": values}, status=400)
        assert message in problem["detail"]

    async def test_an_unknown_one_is_not_found(self, client):
        await post(client, "templates/nothing/fill", {"values": {}}, status=404)

    async def test_every_title_is_there_in_four_languages(self, client):
        for path in ("templates", "styles"):
            for item in await get(client, path):
                assert set(item["titles"]) == set(Language), item["name"]

    async def test_the_operators_own_go_before(self, client, settings):
        folder = settings.data_dir / "prompts"
        folder.mkdir()
        (folder / "templates.json").write_text('[{"name": "icon", "prompt": "an icon"}]')
        assert (await post(client, "templates/icon/fill", {}))["prompt"] == "an icon"
        (folder / "templates.json").write_text('[{"name": "icon", "prompt": "an {icon}"}]')
        answer = await client.get("/v1/prompts/templates")
        assert answer.status_code == 503
        assert "templates.json is wrong" in answer.json()["detail"]


class TestSuggestions:
    @pytest.mark.parametrize(
        ("typed", "tag"),
        [
            ("pôr do", "sunset"),
            ("por do sol", "sunset"),
            ("coucher", "sunset"),
            ("Sonnenunter", "sunset"),
            ("sunse", "sunset"),
            ("maçã verm", "apple"),
            ("roter Apf", "apple"),
            ("pomme rou", "apple"),
            ("Weitw", "wide angle"),
            ("iluminação de est", "studio lighting"),
            ("schwarz", "black and white"),
        ],
    )
    async def test_a_word_in_four_languages_finds_the_english_tag(self, client, typed, tag):
        assert tag in [found["tag"] for found in await get(client, "suggestions", q=typed)]

    async def test_whole_words_come_before_beginnings(self, client):
        found = await get(client, "suggestions", q="cat")
        assert found[0]["tag"] == "cat"
        assert found[0]["word"] == "cat"
        assert len({one["tag"] for one in found}) == len(found)

    async def test_category_language_and_limit_narrow_it(self, client):
        lighting = await get(client, "suggestions", category="lighting", limit=100)
        assert {found["category"] for found in lighting} == {"lighting"}
        assert "golden hour" in [found["tag"] for found in lighting]
        assert await get(client, "suggestions", q="coucher", language="de") == []
        assert len(await get(client, "suggestions", limit=3)) == 3

    async def test_tags_of_another_model_are_left_out(self, client):
        assert await get(client, "suggestions", q="noto", model="toy") == []
        assert await get(client, "suggestions", q="noto", model="avila-demo")

    async def test_loras_are_found_by_name_title_and_trigger(self, client, settings, backend):
        folder = settings.data_dir / "loras"
        folder.mkdir()
        texts = {"ss_output_name": "Ink drawing", "modelspec.trigger_phrase": "lineart style"}
        save_file({"x": np.zeros(1, np.float32)}, folder / "inky.safetensors", texts)
        (folder / "inkbroken.safetensors").write_bytes(b"x" * 50)
        for typed in ("inky", "ink dr", "DRAW"):
            found = await get(client, "suggestions", q=typed, category="loras")
            assert [one["tag"] for one in found] == ["<lora:inky:1>", "lineart style"], typed
            assert {one["language"] for one in found} == {None}
        assert (await get(client, "suggestions", q="linear"))[0]["tag"] == "lineart style"
        assert "<lora:inky:1>" in [one["tag"] for one in await get(client, "suggestions", q="ink", language="pt")]
        assert await get(client, "suggestions", q="inky", model="toy") == []  # that one takes no LoRAs
        backend.specs["toy"] = replace(backend.specs["toy"], lora_layers={"unet": {"attention.to_q": (4, 4)}})
        assert await get(client, "suggestions", q="inky", model="toy") != []

    @pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"q": "x" * 101}, {"category": "food"}])
    async def test_bad_parameters_are_refused(self, client, params):
        assert (await client.get("/v1/prompts/suggestions", params=params)).status_code == 400


class TestExpansion:
    async def test_styles_and_variants_are_shown_before_they_are_sent(self, client):
        body = {"prompt": "a {red|blue} __fruit__", "styles": ["watercolor"], "seed": 5}
        first, again = [await post(client, "expand", body) for _ in range(2)]
        assert first == again
        assert re.fullmatch(r"watercolor painting of a (red|blue) [\w ]+, soft washes, paper texture", first["prompt"])
        assert first["negative_prompt"] == "photo"

    async def test_a_job_records_what_was_chosen_and_what_was_asked(self, client, backend):
        given = {**BODY["input"], "prompt": "a {red|blue} __fruit__", "styles": ["noto"]}
        job = (await create(client, {**BODY, "input": given}, prefer="wait")).json()
        chosen = job["input"]["prompt"]
        assert backend.requests[0].prompt == chosen
        assert re.fullmatch(r"a (red|blue) [\w ]+, noto style", chosen)
        assert job["input"]["original_prompt"] == "a {red|blue} __fruit__"
        same = await post(client, "expand", {"prompt": given["prompt"], "styles": ["noto"], "seed": given["seed"]})
        assert same["prompt"] == chosen

    async def test_a_job_without_a_seed_gets_the_one_that_made_its_choices(self, client):
        given = {"prompt": "{a|b|c|d|e|f|g|h}"}
        job = (await create(client, {**BODY, "input": given})).json()
        again = await post(client, "expand", {**given, "seed": job["input"]["seed"]})
        assert again["prompt"] == job["input"]["prompt"]

    async def test_sent_again_it_is_not_chosen_again(self, client):
        given = {**BODY["input"], "prompt": r"\{a|b\} {c|d}"}
        job = (await create(client, {**BODY, "input": given}, prefer="wait")).json()
        again = (await client.post(f"/v1/jobs/{job['id']}/retry")).json()
        await until_status(client, again["id"], "succeeded")
        assert again["input"] == job["input"]
        assert again["input"]["prompt"] in ("{a|b} c", "{a|b} d")

    async def test_a_plain_job_has_no_original(self, client):
        assert "original_prompt" not in (await create(client)).json()["input"]

    @pytest.mark.parametrize(("given", "field"), [({"styles": ["nope"]}, "styles"), ({"prompt": "__loop__"}, "prompt")])
    async def test_what_cannot_be_done_is_refused(self, client, settings, given, field):
        wildcards = settings.data_dir / "prompts" / "wildcards"
        wildcards.mkdir(parents=True)
        (wildcards / "loop.txt").write_text("__loop__\n")
        answer = await create(client, {**BODY, "input": {**BODY["input"], **given}})
        assert (answer.status_code, answer.json()["field"]) == (400, field)

    async def test_an_unknown_wildcard_is_told(self, client):
        job = (await create(client, {**BODY, "input": {"prompt": "a __nope__"}})).json()
        assert job["input"]["prompt"] == "a __nope__"
        assert job["warnings"] == ["prompt: __nope__ is no wildcard here"]

    async def test_the_operators_files_are_wildcards_and_styles(self, client, settings):
        folder = settings.data_dir / "prompts"
        (folder / "wildcards" / "city").mkdir(parents=True)
        (folder / "wildcards" / "city" / "pt.txt").write_text("# cities\nLisboa\n\n")
        (folder / "styles.csv").write_text("name,prompt,negative_prompt\nours,our style,bad\n")
        assert {"name": "city/pt", "choices": 1, "examples": ["Lisboa"]} in await get(client, "wildcards")
        made = await post(client, "expand", {"prompt": "__city/*__", "styles": ["ours"]})
        assert (made["prompt"], made["negative_prompt"]) == ("Lisboa, our style", "bad")


class TestTokens:
    @pytest.fixture(autouse=True)
    def _tokenizer(self, settings):
        home = settings.model_repository / "toy" / "1"
        home.mkdir(parents=True)
        write_toy_tokenizer(home / "tokenizer.json")  # a token is a letter

    async def test_tokens_are_counted_and_chunks_marked(self, client):
        prompt = "(a:1.5)" + "b" * 73 + ",c" + "d" * 10
        count = await post(client, "tokens", {"model": "toy", "prompt": prompt, "negative_prompt": "x"})
        (encoder,) = count["encoders"]
        assert (encoder["encoder"], encoder["chunk_tokens"], encoder["fits"]) == ("text_encoder", 75, True)
        positive, negative = encoder["texts"]
        assert (positive["tokens"], positive["chunks"], positive["marks"]) == (86, [75, 11], [75])
        assert positive["text"][75:] == "c" + "d" * 10
        assert (negative["field"], negative["tokens"], negative["marks"]) == ("negative_prompt", 1, [])

    async def test_every_text_of_a_schedule_is_counted(self, client):
        count = await post(client, "tokens", {"model": "toy", "prompt": "[a:bb:0.5] AND ccc BREAK d"})
        assert [text["text"] for text in count["encoders"][0]["texts"]] == ["a", "bb", "cccd", ""]

    async def test_each_text_encoder_of_a_model_with_two_is_told(self, client, backend):
        spec = backend.specs["toy"]
        backend.specs["toy"] = replace(spec, text_2=replace(spec.text, pooled_width=8))
        count = await post(client, "tokens", {"model": "toy", "prompt": "a" * 80})
        assert [encoder["encoder"] for encoder in count["encoders"]] == ["text_encoder", "text_encoder_2"]
        assert [encoder["texts"][0]["marks"] for encoder in count["encoders"]] == [[75], [75]]

    async def test_what_is_too_long_or_without_effect_is_told(self, client):
        body = {"model": "toy", "prompt": "a" * 700, "negative_prompt": "b", "guidance_scale": 1}
        count = await post(client, "tokens", body)
        assert count["encoders"][0]["fits"] is False
        assert count["warnings"] == ["negative_prompt: has no effect at guidance_scale 1"]

    async def test_a_model_whose_tokenizer_is_elsewhere_says_so(self, client, settings):
        (settings.model_repository / "toy" / "1" / "tokenizer.json").unlink()
        await post(client, "tokens", {"model": "toy", "prompt": "a"}, status=503)

    async def test_an_unknown_model_is_not_found(self, client):
        await post(client, "tokens", {"model": "tooy", "prompt": "a"}, status=404)


class TestWithoutEffect:
    """What a model ignores is told wherever it was asked for."""

    NEGATIVE = "negative_prompt: has no effect: the pipeline guides itself"
    WEIGHTS = "prompt: its weights have no effect with emphasis 'ignore'"

    @pytest.fixture(autouse=True)
    def _guides_itself(self, backend):
        backend.specs["toy"] = replace(backend.specs["toy"], guidance_width=256)

    async def test_by_a_job(self, client):
        given = {"prompt": "(a:1.3)", "negative_prompt": "b", "emphasis": "ignore"}
        job = (await create(client, {**BODY, "input": given}, prefer="wait")).json()
        assert job["warnings"] == [self.WEIGHTS, self.NEGATIVE]
        assert "advice" not in job["input"]
        again = (await client.post(f"/v1/jobs/{job['id']}/retry")).json()
        assert again["warnings"] == job["warnings"]

    async def test_by_openais_answer_and_its_job(self, client):
        body = {"model": "toy", "prompt": "a", "negative_prompt": "b"}
        answer = await client.post("/v1/images/generations", json=body)
        assert answer.headers["x-avila-warnings"] == self.NEGATIVE
        job = (await client.get(f"/v1/jobs/{answer.headers['x-avila-job-id']}")).json()
        assert job["warnings"] == [self.NEGATIVE]

    async def test_by_automatic1111s_answer(self, client):
        body = {"prompt": "a", "negative_prompt": "b", "width": 128, "height": 128}
        body |= {"override_settings": {"sd_model_checkpoint": "toy.safetensors [toy]"}}
        answer = await client.post("/sdapi/v1/txt2img", json=body)
        assert answer.headers["x-avila-warnings"] == self.NEGATIVE

    async def test_by_the_list_of_models(self, client):
        told = {model["id"]: model["capabilities"] for model in (await client.get("/v1/models")).json()["data"]}
        assert (told["toy"]["negative_prompt"], told["org/other"]["negative_prompt"]) == (False, True)
        assert told["toy"]["prompt_weights"] is True


async def test_embeddings_are_the_files_of_the_folder(client, settings):
    assert await get(client, "embeddings") == []
    (settings.data_dir / "embeddings").mkdir()
    (settings.data_dir / "embeddings" / "Cat-Toy.safetensors").touch()
    (settings.data_dir / "embeddings" / "notes.txt").touch()
    assert await get(client, "embeddings") == ["Cat-Toy"]


async def test_everything_needs_a_key(stranger):
    for path in ("templates", "styles", "wildcards", "suggestions"):
        assert (await stranger.get(f"/v1/prompts/{path}")).status_code == 401
