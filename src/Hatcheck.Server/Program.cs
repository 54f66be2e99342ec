Console.WriteLine("hatcheck");
