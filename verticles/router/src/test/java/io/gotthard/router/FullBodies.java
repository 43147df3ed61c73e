package io.gotthard.router;

import java.util.Map;

/** For each operation that takes a body, one with everything in it that its schema names, by the operation's id. */
final class FullBodies {

    static final Map<String, String> OF = Map.of(
            "createImage",
            """
            {"model":"m","prompt":"p","n":2,"size":"1024x1024","quality":"low","response_format":"url","stream":false,
             "user":"u","vendor":{"deep":[1]}}\
            """,
            "createImageEdit",
            """
            {"model":"m","prompt":"p","image":"a.png","mask":"b.png","n":"2","size":"s","quality":"q","stream":false,
             "vendor":{"deep":[1]}}\
            """,
            "createSpeech",
            """
            {"model":"m","input":"i","voice":"v","instructions":"i","response_format":"mp3","speed":0.5,
             "stream_format":"audio","stream":false,"vendor":{"deep":[1]}}\
            """,
            "createTranscription",
            """
            {"model":"m","file":"a.mp3","language":"de","prompt":"p","response_format":"vtt","temperature":"0",
             "stream":true,"vendor":{"deep":[1]}}\
            """,
            "createTranslation",
            """
            {"model":"m","file":"a.mp3","prompt":"p","response_format":"vtt","temperature":"0","stream":false,
             "vendor":{"deep":[1]}}\
            """,
            "createModeration",
            """
            {"model":"m","input":["a",{"type":"text","text":"t"}],"stream":false,"vendor":{"deep":[1]}}\
            """,
            "createResponse",
            """
            {"model":"m","input":[{"role":"user","content":"c"}],"instructions":"i","stream":true,"store":false,
             "background":false,"previous_response_id":null,"conversation":null,"max_output_tokens":5,
             "temperature":1,"top_p":1,"tools":[{"type":"web_search"}],"parallel_tool_calls":true,"include":["a"],
             "reasoning":{"effort":"low"},"text":{},"metadata":{"k":"v"},"prompt_cache_key":"k",
             "safety_identifier":"s","vendor":{"deep":[1]}}\
            """,
            "createChatCompletion",
            """
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":0.7,"top_p":1,"n":2,
             "max_tokens":5,"max_completion_tokens":5,"stop":["a","b"],"presence_penalty":-2,"frequency_penalty":2,
             "logit_bias":{"5":-100},"logprobs":true,"top_logprobs":20,"seed":7,"user":"u","metadata":{"k":"v"},
             "reasoning_effort":"low","verbosity":"low","modalities":["text"],"audio":{"voice":"v"},"prediction":{},
             "safety_identifier":"s","prompt_cache_key":"p","service_tier":"auto","store":false,
             "vendor":{"deep":[1]},
             "parallel_tool_calls":true,"tool_choice":{"type":"function","function":{"name":"f"}},
             "functions":[{"name":"f","parameters":{}}],"function_call":"auto",
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{},"strict":true}},
                      {"type":"web_search"}],
             "response_format":{"type":"json_schema",
                                "json_schema":{"name":"n","description":"d","schema":{},"strict":true}},
             "messages":[
               {"role":"developer","content":"be brief","name":"n"},
               {"role":"user","content":[
                 {"type":"text","text":"t"},
                 {"type":"image_url","image_url":{"url":"u","detail":"low"}},{"type":"image_url","image_url":"u"},
                 {"type":"input_audio","input_audio":{"data":"d","format":"wav"}},
                 {"type":"file","file":{"file_id":"i","file_data":"d","filename":"f"}},
                 {"type":"refusal","refusal":"r"},{"type":"video_url","video_url":{"url":"u"}}]},
               {"role":"assistant","content":null,"refusal":null,"function_call":{"name":"f","arguments":""},
                "tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
               {"role":"tool","tool_call_id":"c","content":"r"}]}\
            """,
            "createCompletion",
            """
            {"model":"m","prompt":["a","b"],"suffix":"s","stream":false,"stream_options":null,"max_tokens":0,
             "temperature":2,"top_p":0.5,"n":1,"best_of":1,"echo":true,"logprobs":5,"stop":"x","presence_penalty":0,
             "frequency_penalty":0,"logit_bias":{"5":1.5},"seed":1,"user":"u"}\
            """,
            "createEmbedding",
            """
            {"model":"m","input":[[1,2],[3]],"encoding_format":"base64","dimensions":8,"user":"u"}\
            """);

    private FullBodies() {}
}
