Console.WriteLine("music bot");
