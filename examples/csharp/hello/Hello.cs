using System;
using Dlgo;

static class Hello
{
    static void Main()
    {
        using (var llm = new Llm()) Console.WriteLine(llm.Chat("What is the capital of France?", new GenerateOptions { Temperature = 0 }));
    }
}
